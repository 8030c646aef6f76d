"""What a run reads from its databases, by a process with Django that prints JSON: the progress, one
line for each line of input (``progress``), or all that is stored (``stored``)."""

import json
import os
import sys
from dataclasses import asdict
from typing import Any

import django

from lab.bench.inside.talk import say, wait
from lab.chaos.state import Event, Progress, Tables


def progress() -> Progress:
    from eventstore import store
    from eventstore.consumer import consumers
    from eventstore.messaging import outboxes

    return Progress(
        head=store.head_position(),
        outboxes={box._meta.app_label: box._default_manager.count() for box in outboxes()},
        lag={name: consumer.lag().events for name, consumer in consumers().items()},
        parked={
            name: consumer.parking.model._default_manager.count()
            for name, consumer in consumers().items()
        },
    )


def stored() -> dict[str, Any]:
    from comments.models import Comment
    from eventstore.models import Event as StoredEvent
    from moderation.models import Review
    from posts.models import Post

    log = [
        Event(
            position=event.position,
            id=str(event.id),
            type=event.type,
            subject=str(event.subject),
            causation_id=str(event.causation_id or ""),
            data=json.loads(event.data),
        )
        for event in StoredEvent.objects.order_by("position")
    ]
    tables = Tables(
        posts={str(id_): title for id_, title in Post.objects.values_list("id", "title")},
        comments={str(id_): status for id_, status in Comment.objects.values_list("id", "status")},
        reviews={
            str(id_): status for id_, status in Review.objects.values_list("comment_id", "status")
        },
    )
    return {"log": [asdict(event) for event in log], "tables": asdict(tables)}


def main(what: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if what == "stored":
        say(stored())
        return
    while wait():
        say(asdict(progress()))


if __name__ == "__main__":
    main(sys.argv[1])
