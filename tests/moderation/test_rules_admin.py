"""How a moderator changes the filter's rules in the admin, and what a rule may be."""

import pytest
from django.test import Client

from moderation.models import Rule
from posts.models import Post
from tests.moderation.moderating import RULES, comment_on, on_the_page

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

WORDS = {"kind": "words", "number": ""}


def test_a_rule_works_from_the_next_comment_on(moderator: Client, post: Post) -> None:
    rule = {**WORDS, "term": "Pineapple", "match": "word", "action": "reject", "enabled": "on"}
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
    rule = {**WORDS, "term": term, "match": "word", "action": "reject", "enabled": "on"}
    answer = moderator.post(f"{RULES}add/", rule)
    (error,) = answer.context["adminform"].form.errors["term"]
    assert message in error
    assert Rule.objects.count() == 1


@pytest.mark.parametrize(
    "term", ["orange", "ORANGE", " Orangé ", "ｏrange", "o\N{SOFT HYPHEN}range"]
)
def test_a_rule_that_finds_what_another_finds_is_refused(moderator: Client, term: str) -> None:
    rule = {**WORDS, "term": term, "match": "prefix", "action": "hold", "enabled": "on"}
    answer = moderator.post(f"{RULES}add/", rule)
    (error,) = answer.context["adminform"].form.errors["term"]
    assert "This rule exists already: orange (prefix): reject." in error
    assert Rule.objects.count() == 1


def test_the_same_term_may_have_another_match_and_be_saved_again(moderator: Client) -> None:
    first = Rule.objects.get()
    rule = {**WORDS, "term": "Orange", "match": "prefix", "action": "reject", "enabled": ""}
    assert moderator.post(f"{RULES}{first.pk}/change/", rule).status_code == 302
    assert moderator.post(f"{RULES}add/", {**rule, "match": "substring"}).status_code == 302
    assert set(Rule.objects.values_list("term", "match")) == {
        ("Orange", "prefix"),
        ("Orange", "substring"),
    }


def test_of_two_moderators_who_save_the_same_rule_at_once_one_gets_an_error(
    moderator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other's was saved after the form had looked which rules there are."""
    Rule.objects.create(term="PLUM", action="hold")
    clean, looks = Rule.clean, list[Rule]()

    def overtaken(self: Rule) -> None:
        looks.append(self)
        if len(looks) > 1:
            clean(self)

    monkeypatch.setattr(Rule, "clean", overtaken)
    rule = {**WORDS, "term": "plum", "match": "word", "action": "reject", "enabled": "on"}
    answer = moderator.post(f"{RULES}add/", rule)
    (error,) = answer.context["adminform"].form.errors["term"]
    assert "This rule exists already: PLUM (word): hold." in error
    assert Rule.objects.filter(term__in=["plum", "PLUM"]).count() == 1


@pytest.mark.parametrize(
    ("rule", "field", "message"),
    [
        ({"kind": "links"}, "number", "This field is required."),
        ({"kind": "links", "number": "0"}, "number", "greater than or equal to 1"),
        ({"kind": "length", "number": "-1"}, "number", "greater than or equal to"),
        ({"kind": "length", "number": "999999999"}, "number", "less than or equal to 100000"),
        ({"kind": "author", "term": " "}, "term", "This field is required."),
        ({"kind": "first", "term": "plum"}, "term", "has no term"),
        ({"kind": "words", "term": "plum", "number": "3"}, "number", "has no number"),
        ({"kind": "odd"}, "kind", "Select a valid choice"),
    ],
)
def test_a_rule_has_what_its_kind_needs_and_nothing_else(
    moderator: Client, rule: dict[str, str], field: str, message: str
) -> None:
    answer = moderator.post(f"{RULES}add/", {"action": "reject", "enabled": "on", **rule})
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field]
    assert message in errors[field][0]
    assert Rule.objects.count() == 1
