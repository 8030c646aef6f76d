"""The writes: posts and comments, each in one transaction."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from comparison.models import Comment, Post, Rule
from moderation.rules import Action, judge_all

ANONYMOUS = "Anonymous"


def create_post(title: str, body: str, author: str = "") -> Post:
    return Post.objects.create(title=title, body=body, author=author, created_at=timezone.now())


def create_comment(post_id: UUID, author: str, content: str) -> Comment:
    """Saved and moderated at once. Raises Post.DoesNotExist."""
    with transaction.atomic():
        # Locked: a post that is being deleted takes its last comment with it.
        if not Post.objects.select_for_update().filter(id=post_id).exists():
            raise Post.DoesNotExist
        return Comment.objects.create(
            post_id=post_id,
            author=author or ANONYMOUS,
            content=content,
            created_at=timezone.now(),
            **_moderated(author, content),
        )


def _moderated(author: str, content: str) -> dict[str, Any]:
    """What moderation's rules decide on a comment, as columns of it."""
    verdict = judge_all((content, author), list(Rule.objects.filter(enabled=True)))
    if not verdict:
        approved = settings.MODERATION_DEFAULT == "approve"
        return _decided("approved", "no rule matched") if approved else {"status": "pending"}
    if verdict.action == Action.REJECT:
        return {"matched_term": verdict.term, **_decided("rejected", verdict.reason)}
    return {"status": "pending", "matched_term": verdict.term, "reason": verdict.reason}


def _decided(status: str, reason: str) -> dict[str, Any]:
    now = timezone.now()
    return {"status": status, "reason": reason, "decided_by": "filter", "decided_at": now}
