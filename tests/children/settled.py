"""``settled POST…``: lets everything settle, then tells what the log and the outboxes hold, and
what the services know of the comments on each of these posts."""

import sys
from typing import Any

from django.db.models import Model

from comments.models import Comment
from eventstore.messaging import outboxes
from eventstore.models import Event
from moderation.models import Review
from query.models import CommentView
from tests.children import tell
from tests.histories import settle


def known(model: type[Model], post: str, key: str = "id") -> list[Any]:
    of_post = model._default_manager.filter(post_id=post)
    return sorted(of_post.values_list(key, "content", "status"))


settle()
tell(
    {
        "log": list(Event.objects.values_list("position", "type", "subject")),
        "waiting": sum(outbox._default_manager.count() for outbox in outboxes()),
        "known": {
            post: {
                "comments": known(Comment, post),
                "shown": known(CommentView, post),
                "reviews": known(Review, post, "comment_id"),
            }
            for post in sys.argv[1:]
        },
    }
)
