"""``count POST…``: what the blog's databases and its log hold of the comments on these posts.

Tells ``{"waiting": …, "posts": {id: …}}``, see ``comparison.delivery.counts``.
"""

import json
import sys
from collections import Counter
from uuid import UUID

import django

django.setup()

from comments.models import Comment  # noqa: E402 - models need the settings
from comparison.delivery.counts import Counts, count  # noqa: E402
from eventstore import store  # noqa: E402
from eventstore.consumer import consumers  # noqa: E402
from eventstore.messaging import outboxes  # noqa: E402
from eventstore.models import Event  # noqa: E402
from moderation.models import Review  # noqa: E402
from query.models import CommentView  # noqa: E402


def of_post(post: UUID) -> Counts:
    """The log is where all that was said stands, and stays: what moderation has decided twice, or
    comments has changed twice, is there twice."""
    comments = Comment.objects.filter(post_id=post)
    said: dict[str, Counter[str]] = {"CommentModerated": Counter(), "CommentUpdated": Counter()}
    events = Event.objects.filter(subject__in=list(comments.values_list("id", flat=True)))
    for type_, subject in events.filter(type__in=list(said)).values_list("type", "subject"):
        said[type_][str(subject)] += 1
    reviews = Review.objects.filter(post_id=post).values_list("comment_id", flat=True)
    return count(
        {str(id): status for id, status in comments.values_list("id", "status")},
        Counter(map(str, reviews)) | said["CommentModerated"],
        said["CommentUpdated"],
        CommentView.objects.filter(post_id=post).count(),
    )


def waiting() -> int:
    """Rows in outboxes, events that a consumer has not handled."""
    rows = sum(outbox._default_manager.count() for outbox in outboxes())
    events = (store.waiting(each.position(), each.handlers)[0] for each in consumers().values())
    return rows + sum(events)


if __name__ == "__main__":
    counted = {post: of_post(UUID(post))._asdict() for post in sys.argv[1:]}
    sys.stdout.write(json.dumps({"waiting": waiting(), "posts": counted}))
