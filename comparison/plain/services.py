"""The writes: posts and comments, each in one transaction."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from comparison.models import Comment, Post, Rule
from moderation.rules import Action, judge

ANONYMOUS = "Anonymous"
FILTER = "filter"


class PostNotFound(LookupError):
    """There is no such post to comment on."""


def create_post(title: str, body: str, author: str = "") -> Post:
    return Post.objects.create(title=title, body=body, author=author, created_at=timezone.now())


def create_comment(post_id: UUID, author: str, content: str) -> Comment:
    """Saved and moderated at once. Raises PostNotFound."""
    with transaction.atomic():
        # Locked: a post that is being deleted takes its last comment with it.
        if not Post.objects.select_for_update().filter(id=post_id).exists():
            raise PostNotFound(post_id)
        return Comment.objects.create(
            post_id=post_id,
            author=author or ANONYMOUS,
            content=content,
            created_at=timezone.now(),
            **_moderated(content),
        )


def _moderated(content: str) -> dict[str, Any]:
    """What moderation's rules decide on a text, as columns of its comment."""
    verdict = judge(content, Rule.objects.filter(enabled=True))
    if verdict and verdict.action == Action.REJECT:
        return {"matched_term": verdict.term, **_decided("rejected", f"the rule “{verdict.term}”")}
    if verdict:
        reason = f"held by the rule “{verdict.term}”"
        return {"status": "pending", "matched_term": verdict.term, "reason": reason}
    if settings.MODERATION_DEFAULT == "approve":
        return _decided("approved", "no rule matched")
    return {"status": "pending"}


def _decided(status: str, reason: str) -> dict[str, Any]:
    return {
        "status": status,
        "reason": reason,
        "decided_by": FILTER,
        "decided_at": timezone.now(),
    }
