"""The small services of the ways of delivery do what the blog's do."""

from pathlib import Path
from uuid import uuid4

import pytest

from comparison.delivery.small.comments import Comments
from comparison.delivery.small.letters import letter, read
from comparison.delivery.small.moderation import RULES, Moderation
from comparison.delivery.small.service import opened
from eventstore.contracts import CommentCreated, CommentModerated
from moderation.models import Rule
from tests.comparison.small import comments as comments
from tests.comparison.small import created as created


def test_the_small_services_do_what_the_blog_does(tmp_path: Path, comments: Comments) -> None:
    moderation = Moderation(tmp_path)
    kind = comments.create(uuid4(), "Ann", "A kind word")
    fruit = comments.create(uuid4(), "Ann", "I like Oranges")

    decisions = [moderation.handle(comment) for comment in (kind, fruit)]

    assert [decision and decision.status for decision in decisions] == ["approved", "rejected"]
    for decision in decisions:
        assert isinstance(decision, CommentModerated)
        comments.handle(decision)
    with opened(comments.database) as database:
        statuses = dict(database.execute("SELECT id, status FROM comment").fetchall())
    assert statuses == {str(kind.comment_id): "approved", str(fruit.comment_id): "rejected"}


@pytest.mark.django_db(databases="__all__")
def test_the_small_moderation_has_the_rules_of_the_blog() -> None:
    rules = Rule.objects.filter(enabled=True).values_list("term", "match", "action")
    assert list(rules) == [tuple(rule) for rule in RULES]


def test_an_event_is_the_same_after_its_way(created: CommentCreated) -> None:
    assert read(letter(created)) == created
