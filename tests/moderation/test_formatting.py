"""Histories: given a rule, when a comment arrives formatted, then it is judged as it is read."""

import pytest

from moderation.models import Review, Rule
from posts.models import Post
from tests.moderation.moderating import comment_on

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(
    "content",
    [
        "o**ran**ge",
        "o*r*~~an~~`ge`",
        "&#111;range",
        "\\orange or&#97;nge",
        "or[ange](https://a.example)",
        "[click](https://spam.example/orange)",
        "[click](https://spam.example/%6Frange)",
        "<https://orange.example>",
        "![a bell](https://spam.example/orange)",
        "![orange](https://spam.example)",
        "> - # orange",
        "```\norange\n```",
    ],
)
def test_what_a_reader_reads_is_judged(post: Post, content: str) -> None:
    Rule.objects.create(term="orange")
    comment_on(post, content)
    assert Review.objects.get().status == "rejected"


@pytest.mark.parametrize("content", ["o\\*range", "o**r ange**", "```orange\ncode\n```"])
def test_what_no_reader_reads_is_not(post: Post, content: str) -> None:
    Rule.objects.create(term="orange")
    comment_on(post, content)
    assert Review.objects.get().status == "approved"


def test_the_marks_are_no_part_of_a_word(post: Post) -> None:
    Rule.objects.create(term="**", match="substring")
    comment_on(post, "a **bold** word")
    assert Review.objects.get().status == "approved"
