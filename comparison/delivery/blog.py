"""The data of the blog itself, for the way with the event store.

``python -m comparison.delivery.blog make SERVICES POSTS`` makes the databases of these services and
that many posts, and prints the posts' ids. ``… count POST…`` prints what the databases hold of the
comments on these posts: ``{"waiting": …, "posts": {id: …}}``, see ``Counts``.

Each is a process of its own, because the databases of a service that is added later are made later.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any
from uuid import UUID

import django
import msgspec
from django.core.management import call_command

from comparison.delivery.results import Counts, count_comments
from config.processes.prepare import prepare


def make(services: str, posts: str) -> list[str]:
    os.environ["SERVICES"] = services
    with redirect_stdout(sys.stderr):
        django.setup()
        call_command("create_databases")
        prepare()
    if not int(posts):
        return []
    create_post = import_module("posts.services").create_post  # only if posts is installed
    return [str(create_post("A title", "A body").id) for _ in range(int(posts))]


def count(*posts: str) -> dict[str, Any]:
    django.setup()
    from eventstore import store
    from eventstore.consumer import consumers
    from eventstore.messaging import outboxes

    rows = sum(outbox._default_manager.count() for outbox in outboxes())
    backlogs = (store.backlog(each.position(), each.handlers)[0] for each in consumers().values())
    return {
        "waiting": rows + sum(backlogs),
        "posts": {post: _count_post(UUID(post)) for post in posts},
    }


def _count_post(post: UUID) -> Counts:
    """The event store keeps everything that was published: if moderation decided twice, or comments
    changed twice, it has two events."""
    from comments.models import Comment
    from eventstore.models import Event
    from moderation.models import Review
    from query.models import CommentView

    comments = Comment.objects.filter(post_id=post)
    published: dict[str, Counter[str]] = {
        "CommentModerated": Counter(),
        "CommentUpdated": Counter(),
    }
    events = Event.objects.filter(
        subject__in=list(comments.values_list("id", flat=True)), type__in=list(published)
    )
    for type_, subject in events.values_list("type", "subject"):
        published[type_][str(subject)] += 1
    reviews = Review.objects.filter(post_id=post).values_list("comment_id", flat=True)
    return count_comments(
        {str(id): status for id, status in comments.values_list("id", "status")},
        decided=Counter(map(str, reviews)) | published["CommentModerated"],
        applied=published["CommentUpdated"],
        known=CommentView.objects.filter(post_id=post).count(),
    )


COMMANDS: dict[str, Callable[..., Any]] = {"make": make, "count": count}

if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(COMMANDS[sys.argv[1]](*sys.argv[2:])))
