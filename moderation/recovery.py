"""The reviews as the log has them: a comment's text from comments' events, and the last decision.

The rules are a configuration of this service, and in no event. Nor is why a review waits for a
person: one that is made again has no reason until somebody decides.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventstore.contracts import (
    CommentCreated,
    CommentDeleted,
    CommentModerated,
    CommentUpdated,
    Contract,
    PostCreated,
    PostDeleted,
    PostUpdated,
)
from eventstore.owned import Known, Latest, Owned
from moderation import history, models
from moderation.models import IMPORT, Decision, KnownPost, Outbox, Review, Status

DECISION = ("status", "reason", "decided_by")


class Reviews(Owned):
    model = Review
    attributes = {
        "comment_id": "comment_id",
        "post_id": "post_id",
        "author": "author",
        "content": "content",
        "created_at": "created_at",
        "revision": "revision",
    }
    states = (CommentCreated, CommentUpdated)
    gone = CommentDeleted
    others = (CommentModerated,)
    outbox = Outbox
    consumer = models.consumer

    def build(self, latest: Latest) -> Known | None:
        texts = {type_: each for type_, each in latest.items() if type_ != "CommentModerated"}
        known = super().build(texts) if texts else None
        if known and known.row and (decision := latest.get("CommentModerated")):
            decided = decision.read()
            if _decision(decided) and decided.revision == known.row.revision:
                for name in DECISION:
                    setattr(known.row, name, getattr(decided, name))
                known.row.decided_at = decision.time
        return known

    def is_same(self, row: Any, expected: Any) -> bool:
        return super().is_same(row, expected) and _decision(row) == _decision(expected)

    def was(self, row: Any) -> bool:
        decided = self.history(row.pk, ["CommentModerated"])
        own = _decision(row)
        if own is None:
            return not history.is_reopened(row)
        return any(own == _decision(decision) for decision in decided)

    def overwrite(self, row: Any, expected: Any) -> None:
        own = _decision(row)
        super().overwrite(row, expected)
        if own != _decision(expected):
            for name in (*DECISION, "decided_at"):
                setattr(row, name, getattr(expected, name))
            self._complete_history(row.pk, own)

    def settle(self, made: Sequence[Any]) -> None:
        for row in made:
            self._complete_history(row.pk, None)

    def _complete_history(self, key: UUID, own: tuple[str, ...] | None) -> None:
        """Add the decisions that the log has after the one of the row, or all to an empty
        history."""
        there = Decision.objects.filter(comment_id=key).count()
        events = list(self.recorded(key, ["CommentModerated"]))
        # Of decisions from before there was a history, the table has no rows.
        places = enumerate(events[max(there, 1) - 1 :], max(there, 1))
        same = (place for place, event in places if _decision(event.read()) == own)
        start = next(same, there) if own else there
        lacking = (history.recorded(event.read(), event.time) for event in events[start:])
        Decision.objects.bulk_create(lacking)

    def may_be_unknown(self, row: Any) -> bool:
        """An import records its decisions before it creates the comments."""
        return bool(row.decided_by == IMPORT)

    def announce(self, row: Any, is_known: bool) -> list[Contract]:
        """The decision, if there is one; the comment is for its own service to publish."""
        last = self.latest([row.pk]).get(row.pk, {}).get("CommentModerated")
        own, published = _decision(row), _decision(last.read()) if last else None
        if own == published or (own is None and not history.is_reopened(row)):
            return []
        decision = {name: str(getattr(row, name)) for name in DECISION}
        return [
            CommentModerated(
                comment_id=row.pk, post_id=row.post_id, revision=row.revision, **decision
            )
        ]

    def revoke(self, row: Any) -> None:
        return None


def _decision(of: Review | CommentModerated) -> tuple[str, ...] | None:
    if of.status == Status.PENDING:
        return None
    return tuple(str(getattr(of, name)) for name in (*DECISION, "revision"))


class KnownPosts(Owned):
    """Made of posts' events alone, so nothing of them is published."""

    model = KnownPost
    attributes = {"post_id": "post_id", "title": "title"}
    states = (PostCreated, PostUpdated)
    gone = PostDeleted
    consumer = models.consumer


REVIEWS, KNOWN_POSTS = Reviews(), KnownPosts()
