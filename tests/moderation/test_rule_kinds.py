"""Rules on more than words: links, first comments, authors, length; alone and in the service."""

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext

from moderation.models import Review, Rule, RuleVersion
from moderation.rules import Action, Facts, Kind, Verdict, digest, judge_all, label
from moderation.services import decide
from posts.models import Post
from tests.moderation.moderating import comment_on, on_the_page

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

HOLD, REJECT = Action.HOLD, Action.REJECT


def a(kind: Kind, *, term: str = "", number: int | None = None) -> Verdict:
    return Verdict(REJECT, term, kind=kind, number=number)


@pytest.mark.parametrize(
    ("rule", "matching", "other"),
    [
        (a(Kind.LINKS, number=2), Facts(links=2), Facts(links=1)),
        (a(Kind.LENGTH, number=10), Facts(length=11), Facts(length=10)),
        (a(Kind.AUTHOR, term="Bob"), Facts(author=" BÓB"), Facts(author="Bobby")),
        (a(Kind.FIRST), Facts(is_first=lambda: True), Facts(is_first=lambda: False)),
        (a(Kind.AUTHOR, term="Bob"), Facts(author="Bob"), Facts()),
    ],
)
def test_each_kind_looks_at_its_own(rule: Verdict, matching: Facts, other: Facts) -> None:
    assert judge_all(("a text",), [rule], matching) == rule
    assert judge_all(("a text",), [rule], other) is None
    assert judge_all(("a text",), [rule]) is None


def test_who_was_here_before_is_looked_up_only_if_a_rule_needs_it() -> None:
    def fail() -> bool:
        raise AssertionError

    facts = Facts("Bob", is_first=fail)
    assert judge_all(("a",), [a(Kind.LINKS, number=1)], facts) is None
    with pytest.raises(AssertionError):
        judge_all(("a",), [a(Kind.FIRST)], facts)


def test_rules_are_named_after_what_they_look_at() -> None:
    rules = [a(Kind.LINKS, number=1), a(Kind.LINKS, number=1000), a(Kind.FIRST)]
    rules += [a(Kind.AUTHOR, term="Bob"), a(Kind.LENGTH, number=5000), Verdict(REJECT, "orange")]
    assert [label(rule) for rule in rules] == [
        *("a link", "1,000 links or more", "first comment of its author"),
        *("author Bob", "longer than 5,000 characters", "orange"),
    ]


# --- In the service


def status_of(comment: Any) -> tuple[str, str, str]:
    review = Review.objects.get(comment_id=comment)
    return review.status, review.reason, review.matched_term


def test_a_comment_with_many_links_is_held(post: Post) -> None:
    Rule.objects.create(kind="links", number=2, action="hold")
    one = comment_on(post, "https://a.example")
    two = comment_on(post, "[a](https://a.example) [b](https://b.example)")
    assert status_of(one)[0] == "approved"
    name = "2 links or more"
    assert status_of(two) == ("pending", f"held by the rule “{name}”", name)


def test_first_comments_are_held_until_one_is_approved(post: Post) -> None:
    Rule.objects.create(kind="first", action="hold")
    first, second = comment_on(post, "One", "Ann"), comment_on(post, "Two", "Ann")
    assert {on_the_page(first), on_the_page(second)} == {"pending"}
    decide(first, "approved", decided_by="mo")
    assert on_the_page(comment_on(post, "Three", "ANN")) == "approved"
    assert on_the_page(comment_on(post, "Four", "Anna")) == "pending"


def test_one_without_a_name_is_always_first(post: Post) -> None:
    decide(comment_on(post, "One", ""), "approved", decided_by="mo")
    Rule.objects.create(kind="first", action="hold")
    assert on_the_page(comment_on(post, "Two", "")) == "pending"


def test_an_author_and_a_long_text_are_rejected(post: Post) -> None:
    Rule.objects.create(kind="author", term="Bob")
    Rule.objects.create(kind="length", number=20)
    assert status_of(comment_on(post, "Fine", "bob"))[1] == "the rule “author Bob”"
    assert status_of(comment_on(post, "Fine", "Bobby"))[0] == "approved"
    assert status_of(comment_on(post, "x" * 21, "Ann"))[0] == "rejected"
    assert status_of(comment_on(post, f"**{'x' * 20}**", "Ann"))[0] == "approved"


# --- Rules are kept until one changes


def changes() -> list[Callable[[], object]]:
    rules = Rule.objects
    return [
        lambda: rules.create(term="plum"),
        lambda: rules.filter(term="plum").update(enabled=False),
        lambda: rules.update_or_create(term="plum", defaults={"enabled": True}),
        lambda: rules.get(term="plum").delete(),
        lambda: rules.bulk_create([Rule(term="pear")]),
        lambda: rules.filter(term="pear").delete(),
    ]


def test_every_change_counts_from_the_next_comment_on() -> None:
    for change in changes():
        Rule.objects.in_force()
        change()
        wanted = list(Rule.objects.filter(enabled=True))
        assert list(Rule.objects.in_force()) == wanted


def test_rules_that_do_not_change_are_not_read_again() -> None:
    Rule.objects.in_force()
    with CaptureQueriesContext(connections["moderation"]) as queries:
        Rule.objects.in_force()
    assert len(queries) == 1
    assert "ruleversion" in queries[0]["sql"]


def test_without_a_version_rules_are_read_each_time() -> None:
    RuleVersion.objects.all().delete()
    Rule.objects.in_force()
    connections["moderation"].cursor().execute("DELETE FROM moderation_rule")
    assert list(Rule.objects.in_force()) == []


# --- Each rule is there once


@pytest.mark.parametrize(
    "rule",
    [
        {"term": "Orángé", "match": "prefix"},
        {"kind": "first"},
        {"kind": "author", "term": "BOB"},
        {"kind": "links", "number": 3},
    ],
)
def test_the_database_refuses_a_second_rule_that_matches_the_same(rule: dict[str, Any]) -> None:
    Rule.objects.create(kind="first", action="hold")
    Rule.objects.create(kind="author", term="Bob")
    Rule.objects.create(kind="links", number=3)
    Rule.objects.create(kind="links", number=4)
    Rule.objects.create(kind="author", term="orange")
    with pytest.raises(IntegrityError), transaction.atomic(using="moderation"):
        Rule.objects.create(action="hold", **rule)


def migration() -> Any:
    return importlib.import_module("moderation.migrations.0010_rules")


def test_a_migration_keeps_of_equal_rules_the_one_that_had_its_way() -> None:
    Rule.objects.all().delete()
    rows = [("a", "hold", True), ("A", "reject", True), ("á", "reject", False), ("b", "hold", True)]
    for number, (term, action, on) in enumerate(rows):
        rule = Rule.objects.create(term=f"{number}", action=action, enabled=on)
        Rule.objects.filter(pk=rule.pk).update(term=term)
    RuleVersion.objects.all().delete()
    migration().add_identities(apps, SimpleNamespace(connection=connections["moderation"]))
    assert set(Rule.objects.values_list("term", "action", "enabled")) == {
        *[("A", "reject", True), ("b", "hold", True)]
    }
    assert RuleVersion.current() is not None


def test_a_migration_gives_digests_to_all_reviews(post: Post, monkeypatch: Any) -> None:
    monkeypatch.setattr(migration(), "ROWS", 2)
    for number in range(5):
        Review.objects.create(
            comment_id=uuid4(), post_id=post.id, author="Ann", content=f"{number}"
        )
    Review.objects.update(author_digest="", content_digest="")
    migration().add_digests(apps, SimpleNamespace(connection=connections["moderation"]))
    found = set(Review.objects.values_list("author_digest", "content_digest"))
    assert found == {(digest("ann"), digest(f"{number}")) for number in range(5)}
