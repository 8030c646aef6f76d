"""What moderators see of a comment beside its text: links, who writes, what was there before, and
the words that a rule found."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from moderation.models import Review, Rule
from moderation.rules import Match, normalise, spans
from moderation.rules import _aligned as aligned
from moderation.services import refresh
from moderation.signals import Signals, marked, signals_of

in_database = pytest.mark.django_db(databases="__all__")

START = timezone.now()


def reviewed(content: str, author: str = "Bob", *, after: int = 0, **more: Any) -> Review:
    """A review in the queue, so many minutes after the first."""
    at = START + timedelta(minutes=after)
    texts = {"post_id": UUID(int=1), "content": content, "author": author}
    return Review.objects.create(comment_id=uuid4(), created_at=at, **texts, **more)


def signals(review: Review) -> Signals:
    return signals_of([review])[review.pk]


@in_database
def test_links_are_counted_as_readers_see_them() -> None:
    text = "[one](https://a.example) and https://b.example, no `https://c.example`"
    assert signals(reviewed(text)).links == 2
    assert signals(reviewed("none")).links == 0


@in_database
def test_an_author_is_new_until_a_comment_of_theirs_is_approved() -> None:
    rejected = reviewed("a", "Bob", after=1, status="rejected")
    approved = reviewed("b", "BOB", after=2, status="approved")
    later = reviewed("c", " Bób ", after=3)
    other = reviewed("d", "Bobby", after=4)
    found = signals_of([rejected, approved, later, other])
    assert [found[each.pk].is_first for each in (rejected, approved, later, other)] == [
        *(True, True, False, True)
    ]


@in_database
@pytest.mark.parametrize("author", ["Anonymous", "anonymous", "\u200b"])
def test_one_without_a_name_is_nobody(author: str) -> None:
    found = signals(reviewed("a", author))
    assert (found.is_nameless, found.is_first) == (True, False)


@in_database
def test_the_same_text_was_there_before() -> None:
    reviewed("Buy now", after=1, status="approved")
    before = reviewed("BUY  now", "Eve", after=2, status="rejected")
    now = reviewed("Buy\nnow", "Ann", after=3)
    found = signals(now).same_text
    assert found is not None
    assert (found.comment_id, found.status) == (before.pk, "rejected")
    assert signals(reviewed("Buy now!", after=4)).same_text is None


@in_database
def test_signals_take_the_same_number_of_queries_for_any_number_of_reviews() -> None:
    reviews = [reviewed("an orange", after=n, matched_term="orange") for n in range(20)]
    signals_of(reviews[:2])
    for count in (2, 20):
        with CaptureQueriesContext(connections["moderation"]) as queries:
            assert len(signals_of(reviews[:count])) == count
        assert len(queries) == 3
    assert signals_of([]) == {}


@in_database
@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("An Orange <b> & oränges", "An <mark>Orange</mark> &lt;b&gt; &amp; <mark>oränge</mark>s"),
        ("o\u200brange!", "<mark>o\u200brange</mark>!"),
        (
            "an or**an**ge <b>",
            "an <mark>or</mark><strong><mark>an</mark></strong><mark>ge</mark> &lt;b&gt;",
        ),
        ("or\n\nange", "or</p>\n<p>ange"),
        ("[orange](https://a.example/?b=>)", "><mark>orange</mark></a>"),
        ("orangeorange", "<mark>orange</mark>orange"),
        ("nothing", "nothing"),
        ("<orange>", "&lt;<mark>orange</mark>&gt;"),
    ],
)
def test_what_the_rule_found_is_marked_in_the_text(content: str, shown: str) -> None:
    found = signals(reviewed(content, "<i>", matched_term="orange"))
    assert shown in found.content
    assert found.author == "&lt;i&gt;"
    assert found.rule == "orange"


@in_database
def test_words_in_the_address_of_a_link_are_shown_with_it() -> None:
    found = signals(reviewed("[a <b>](https://orange.example/?a&b)", matched_term="orange"))
    assert "<mark>" not in found.content
    assert found.address == "https://<mark>orange</mark>.example/?a&amp;b"


@in_database
def test_a_rule_on_the_author_marks_the_name() -> None:
    Rule.objects.create(kind="author", term="Bob")
    found = signals(reviewed("a", "BOB", matched_term="author Bob"))
    assert (found.author, found.content) == ("<mark>BOB</mark>", "<p>a</p>\n")


@in_database
def test_words_of_a_rule_that_is_gone_are_marked_where_they_are() -> None:
    Rule.objects.all().delete()
    assert signals(reviewed("an orange", matched_term="orange")).content.count("<mark>") == 1


@in_database
def test_an_edited_comment_has_other_digests() -> None:
    first, second = reviewed("a", after=1), reviewed("b", "Ann", after=2)
    refresh(second.pk, "Bob", "a")
    second.refresh_from_db()
    first.refresh_from_db()
    assert second.content_digest == first.content_digest
    assert second.author_digest == first.author_digest


HARD = (
    "ae\u0301ｏ①İıßﬀΣς가\u1100\u1161\u11a8か\u3099हिन्दी\u093c"
    "\u200b\u00ad\u0323\u0307 \n\t\N{IDEOGRAPHIC SPACE}𝓸"
)


@given(st.text() | st.text(HARD))
def test_each_normalised_character_has_its_place_in_the_text(text: str) -> None:
    normalised, places = aligned(text)
    assert normalised == normalise(text)
    assert len(places) == len(normalised)
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)


@given(st.text(HARD), st.text(HARD, min_size=1), st.text(HARD))
def test_a_term_is_marked_where_it_is(before: str, term: str, after: str) -> None:
    text = f"{before} {term} {after}"
    found = spans(text, term, Match.SUBSTRING)
    if normalise(term):
        assert found
    for start, end in found:
        assert normalise(term) in normalise(text[start:end])
    assert all(end < start for (_, end), (start, _) in pairwise(found))


@given(st.text("<>&'\"a"))
def test_marked_text_is_safe(text: str) -> None:
    html = marked(text, spans(text, "a", Match.SUBSTRING))
    assert set(html.replace("<mark>", "").replace("</mark>", "")) & set("<>\"'") == set()
    assert html.replace("<mark>", "").replace("</mark>", "") == str(marked(text, []))
