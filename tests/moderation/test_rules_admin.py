"""How a moderator changes the filter's rules in the admin, and what a rule may be."""

import pytest
from django.test import Client

from moderation.models import Rule
from posts.models import Post
from tests.moderation.moderating import RULES, comment_on, on_the_page

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_rule_works_from_the_next_comment_on(moderator: Client, post: Post) -> None:
    rule = {"term": "Pineapple", "match": "word", "action": "reject", "enabled": "on"}
    assert moderator.post(f"{RULES}add/", rule).status_code == 302
    assert on_the_page(comment_on(post, "PINEAPPLE, please")) == "rejected"
    row = Rule.objects.get(term="Pineapple")
    moderator.post(f"{RULES}{row.pk}/change/", {**rule, "enabled": ""})
    assert on_the_page(comment_on(post, "Pineapple, please")) == "approved"
    assert moderator.post(f"{RULES}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Rule.objects.filter(term="Pineapple").exists()


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ("\N{ZERO WIDTH SPACE}", "nothing to search for"),
        ("\N{COMBINING ACUTE ACCENT}", "nothing to search for"),
        ("a\x00b", "Null characters"),
        ("a\x07b", "Control characters"),
        ("x" * 101, "at most 100 characters"),
    ],
)
def test_a_bad_term_is_an_error_next_to_its_field(
    moderator: Client, term: str, message: str
) -> None:
    rule = {"term": term, "match": "word", "action": "reject", "enabled": "on"}
    answer = moderator.post(f"{RULES}add/", rule)
    (error,) = answer.context["adminform"].form.errors["term"]
    assert message in error
    assert Rule.objects.count() == 1


@pytest.mark.parametrize(
    "term", ["orange", "ORANGE", " Orangé ", "ｏrange", "o\N{SOFT HYPHEN}range"]
)
def test_a_rule_that_finds_what_another_finds_is_refused(moderator: Client, term: str) -> None:
    rule = {"term": term, "match": "prefix", "action": "hold", "enabled": "on"}
    answer = moderator.post(f"{RULES}add/", rule)
    (error,) = answer.context["adminform"].form.errors["term"]
    assert "This rule exists already: orange (prefix): reject." in error
    assert Rule.objects.count() == 1


def test_the_same_term_may_have_another_match_and_be_saved_again(moderator: Client) -> None:
    first = Rule.objects.get()
    rule = {"term": "Orange", "match": "prefix", "action": "reject", "enabled": ""}
    assert moderator.post(f"{RULES}{first.pk}/change/", rule).status_code == 302
    assert moderator.post(f"{RULES}add/", {**rule, "match": "substring"}).status_code == 302
    assert set(Rule.objects.values_list("term", "match")) == {
        ("Orange", "prefix"),
        ("Orange", "substring"),
    }
