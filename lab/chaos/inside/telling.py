"""Says all that is stored: the log, and what each service holds of its own."""

import json
from typing import Any

from comments.models import Comment
from eventstore.models import Event
from lab.bench.inside.talk import say
from moderation.models import Review
from posts.models import Post


def main() -> None:
    tables = {
        "posts": Post.objects.values_list("id", "title"),
        "comments": Comment.objects.values_list("id", "status"),
        "reviews": Review.objects.values_list("comment_id", "status"),
    }
    say(
        {
            "log": [told(event) for event in Event.objects.order_by("position")],
            "tables": {
                name: {str(id_): value for id_, value in rows} for name, rows in tables.items()
            },
        }
    )


def told(event: Event) -> dict[str, Any]:
    return {
        "position": event.position,
        "id": str(event.id),
        "type": event.type,
        "subject": str(event.subject),
        "causation_id": str(event.causation_id or ""),
        "data": json.loads(event.data),
    }


if __name__ == "__main__":
    main()
