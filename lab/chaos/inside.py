"""What a run reads from its databases, in a process with Django that prints JSON: ``progress``,
whenever its parent lets it go on, or all that is ``stored``."""

import json
import sys
from io import StringIO
from typing import Any

import django
from django.core.management import CommandError, call_command

from lab.children import send, wait_for_go


def progress() -> dict[str, Any]:
    """The members of a ``Progress``."""
    from eventstore import store
    from eventstore.consumer import consumers
    from eventstore.messaging import outboxes

    return {
        "head": store.head_position(),
        "outboxes": {box._meta.app_label: box._default_manager.count() for box in outboxes()},
        "lag": {name: consumer.lag().events for name, consumer in consumers().items()},
        "parked": {
            name: consumer.parking.model._default_manager.count()
            for name, consumer in consumers().items()
        },
    }


def stored() -> dict[str, Any]:
    """``log``, ``tables`` and ``rebuilds`` of a ``State``."""
    from comments.models import Comment
    from eventstore.models import Event
    from moderation.models import Review
    from posts.models import Post

    log = [
        (each.position, str(each.id), each.type, str(each.subject), str(each.causation_id or ""))
        + (json.loads(each.data),)
        for each in Event.objects.order_by("position")
    ]
    rows = {
        "posts": Post.objects.values_list("id", "title"),
        "comments": Comment.objects.values_list("id", "status"),
        "reviews": Review.objects.values_list("comment_id", "status"),
    }
    tables = {name: {str(id_): value for id_, value in rows[name]} for name in rows}
    try:
        call_command("replay_events", "--verify", stdout=StringIO())
    except CommandError:
        return {"log": log, "tables": tables, "rebuilds": False}
    return {"log": log, "tables": tables, "rebuilds": True}


if __name__ == "__main__":
    django.setup()
    if sys.argv[1:] == ["stored"]:
        send(stored())
    else:
        while wait_for_go():
            send(progress())
