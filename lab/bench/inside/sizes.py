"""``python -m lab.bench.inside.sizes fill EVENTS | work``: a log of that many events, which all
services stand at the end of, query with its rows; or pieces of work in it, timed."""

import sys
import time
from collections.abc import Callable
from itertools import islice
from random import Random
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.test import Client

from eventstore import store
from eventstore.consumer import consumers
from eventstore.contracts import Contract
from eventstore.models import Event
from lab import data
from lab.bench.inside.filling import catch_up_query_alone, new_event
from lab.children import orders, send

APPENDS = 50
CAUGHT_UP = 1_000  # events
LIST, LOG = "/api/query/posts/", "/admin/eventstore/event/"


def fill(events: str) -> None:
    random = Random(data.SEED + 6)
    for some in data.chunks(data.history(int(events))):
        _append(some, random)
    catch_up_query_alone()


def work() -> None:
    """For each name that its parent sends, the milliseconds of processor time; first the names."""
    works = _works()
    send(list(works))
    for name in orders():
        send(works[name]())


def _works() -> dict[str, Callable[[], float]]:
    random = Random(uuid4().int)
    anonymous = Client(headers={"host": "127.0.0.1", "cache-control": "no-cache"})
    staff = Client(headers={"host": "127.0.0.1"})
    staff.force_login(get_user_model().objects.get(is_superuser=True))
    middle = Event.objects.get(position=store.head_position() // 2)
    more = data.history(10**9, random.getrandbits(32))  # none of it is in the log

    def get(client: Client, path: str) -> Callable[[], None]:
        def act() -> None:
            response = client.get(path.replace("NEW", str(uuid4())))
            if response.status_code != 200:
                raise RuntimeError(f"{path} responded {response.status_code}")

        return act

    def append() -> None:
        for _ in range(APPENDS):
            _append([data.post_created(random, data.BEGINNING)], random)

    def catch_up() -> float:
        consumers()["query"].catch_up()
        _append(list(islice(more, CAUGHT_UP)), random)
        return _milliseconds(consumers()["query"].catch_up)

    pages = {
        # No address is asked for twice, so that nothing is remembered.
        "page /": get(anonymous, "/?none=NEW"),
        "list JSON, not remembered": get(anonymous, LIST),
        "admin: the event log": get(staff, LOG),
        "admin: an event by its id": get(staff, f"{LOG}?q={middle.id}"),
        "events of a type": get(staff, "/api/events/?type=PostCreated"),
    }
    timed = {name: lambda act=act: _milliseconds(act) for name, act in pages.items()}
    return {
        **timed,
        "append, one event": lambda: _milliseconds(append) / APPENDS,
        f"live catch-up, {CAUGHT_UP:,} events": catch_up,
    }


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1_000


def _append(events: list[Contract], random: Random) -> None:
    store.append([new_event(event, random) for event in events])


if __name__ == "__main__":
    fill(sys.argv[2]) if sys.argv[1] == "fill" else work()
