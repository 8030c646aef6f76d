"""``dying PLACE STEP…``: takes these steps, and is killed in the last of them, precisely at PLACE.

PLACE: ``relay`` when a service's or a consumer's transaction has just committed and its relay would
begin; ``append`` in the store's transaction, before its commit; ``delete`` after it, before the
outbox is emptied; ``checkpoint`` in a consumer's transaction, before its commit.
STEP: ``post=ID``, ``comment=POST``, or ``catch_up=CONSUMER``.
"""

import os
import signal
import sys
from typing import Any
from uuid import UUID

from comments.models import Checkpoint as CommentsCheckpoint
from comments.services import create_comment
from eventstore import outbox
from eventstore.consumer import consumers
from eventstore.models import Head
from eventstore.signals import events_appended
from moderation.models import Checkpoint as ModerationCheckpoint
from posts.services import create_post


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def take(step: str) -> None:
    verb, _, argument = step.partition("=")
    match verb:
        case "post":
            create_post("A title", "A body", post_id=UUID(argument))
        case "comment":
            create_comment(UUID(argument), "Ann", "A kind word")
        case "catch_up":
            consumers()[argument].catch_up()


place, *steps, last = sys.argv[1:]
for step in steps:
    take(step)
match place:
    case "relay":
        outbox.relay_quietly = die
    case "append":
        Head.objects.filter = die  # type: ignore[method-assign]
    case "delete":
        events_appended.connect(die)
    case "checkpoint":
        CommentsCheckpoint.save = ModerationCheckpoint.save = die  # type: ignore[method-assign]
take(last)
