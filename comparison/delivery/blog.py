"""The data of the blog itself, for the way with the event store.

``python -m comparison.delivery.blog make SERVICES [POSTS]`` makes the databases of these services
and that many posts, and prints the posts' ids. ``… count`` prints what the databases hold of the
comments, as ``Records``.

Each is a process of its own, because the databases of a service that is added later are made later.
"""

import os
import sys
from collections import Counter
from typing import Any

import django

from lab.children import send
from lab.databases import prepare_databases


def make(services: str, posts: str = "") -> list[str]:
    os.environ["SERVICES"] = services
    prepare_databases()
    if not posts:
        return []
    from posts.services import create_post  # only if posts is installed

    return [str(create_post("A title", "A body").id) for _ in range(int(posts))]


def count() -> dict[str, Any]:
    """The event store keeps everything that was published: if moderation decided twice, or comments
    changed twice, it has two events."""
    django.setup()
    from comments.models import Comment
    from eventstore import store
    from eventstore.consumer import consumers
    from eventstore.messaging import outboxes
    from eventstore.models import Event
    from moderation.models import Review
    from query.models import CommentView

    def ids(rows: Any, name: str) -> list[str]:
        return list(map(str, rows.values_list(name, flat=True)))

    events, comments = Event.objects, Comment.objects.values_list("id", "post_id", "status")
    reviewed = Counter(ids(Review.objects, "comment_id"))
    published = Counter(ids(events.filter(type="CommentModerated"), "subject"))
    outbox_rows = sum(outbox._default_manager.count() for outbox in outboxes())
    backlogs = (store.backlog(each.position(), each.handlers)[0] for each in consumers().values())
    return {
        "waiting": outbox_rows + sum(backlogs),
        "comments": {str(id): (str(post), status) for id, post, status in comments},
        "decided": list((reviewed | published).elements()),
        "applied": ids(events.filter(type="CommentUpdated"), "subject"),
        "known": ids(CommentView.objects, "post_id"),
    }


if __name__ == "__main__":
    send(count() if sys.argv[1] == "count" else make(*sys.argv[2:]))
