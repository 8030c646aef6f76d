"""``hung POST POST POST``: two comments that hang on the first post, one that kills on the second,
a kind word on the third; waits until all are judged or parked, however they get there. Tells what
the log holds of each, and what is parked."""

import sys
import time
from uuid import UUID

from comments.services import create_comment
from eventstore import store
from moderation.models import ParkedEvent
from posts.services import create_post
from tests.children import tell

one, two, three = (create_post("A title", "A body", post_id=UUID(id_)).id for id_ in sys.argv[1:])
said = {
    content: create_comment(post, "Ann", content).id
    for content, post in {
        "hang once": one,
        "hang for ever": one,
        "die": two,
        "a kind word": three,
    }.items()
}
end = time.monotonic() + 60


def log() -> dict[str, list[str]]:
    return {content: [event.type for event in store.about(id_)] for content, id_ in said.items()}


def parked() -> list[str]:
    of_ours = ParkedEvent.objects.filter(key__in=[one, two])
    return list(of_ours.values_list("error", flat=True))


while time.monotonic() < end and not (len(parked()) == 2 and sum(map(len, log().values())) == 6):
    time.sleep(0.05)
tell({**log(), "parked": parked()})
