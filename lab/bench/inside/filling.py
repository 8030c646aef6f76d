"""``filling EVENTS``: puts a history of so many events straight into the empty log."""

import random
import sys
from itertools import islice

from eventstore.contracts import Contract, encode
from eventstore.models import Event, Head
from eventstore.store import now
from lab.bench.history import SEED, history, uuid
from lab.bench.inside.talk import say

BATCH = 5_000


def main(events: int) -> None:
    random_ = random.Random(SEED + 1)
    numbered = enumerate(history(events), start=1)
    while batch := [row(*each, random_) for each in islice(numbered, BATCH)]:
        Event.objects.bulk_create(batch, batch_size=500)
    Head.objects.update_or_create(pk=1, defaults={"position": events})
    say(events)


def row(position: int, event: Contract, random_: random.Random) -> Event:
    return Event(
        position=position,
        id=uuid(random_),
        type=type(event).__name__,
        source=event.source,
        subject=event.subject,
        time=now(),
        data=encode(event),
        correlation_id=str(uuid(random_)),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
