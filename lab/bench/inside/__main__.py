"""``python -m lab.bench.inside TASK ARGUMENT…``: one of the functions below, in its own process."""

import random
import re
import resource
import sys
import time
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections
from django.utils import timezone

from comments.models import Comment
from comments.services import create_comment
from eventstore.consumer import consumers
from eventstore.contracts import Contract, PostCreated, encode
from eventstore.models import Event, Head, Subscription
from eventstore.outbox import outboxes, relay
from eventstore.rebuild import CHUNK, Rebuild
from lab.children import send, wait_for_go
from lab.data import BEGINNING, COMMENTS_OF_A_POST, SEED, comment_created, history, text, uuid
from posts.services import create_post

BATCH = 5_000
STATUS = Path("/proc/self/status")


def append(service: str, count: str, seed: str) -> None:
    """One writer. Each time its parent lets it go on, it writes ``count`` posts or comments through
    the service, and reports when it began and ended, on the machine's monotonic clock."""
    random_ = random.Random(int(seed))
    for consumer in consumers().values():  # so that it is nudged, as where its worker runs
        Subscription.seen(consumer.name, consumer.handlers)
    post = create_post("The post of this writer", text(random_, 80))
    send("ready")
    while wait_for_go():
        began = time.monotonic()
        for _ in range(int(count)):
            if service == "posts":
                create_post(text(random_, 6), text(random_, 80))
            else:
                create_comment(post.id, "Ann", text(random_, 20))
        send([began, time.monotonic()])


def fill(events: str) -> None:
    """Puts a history of that many events straight into the empty log."""
    random_ = random.Random(SEED + 1)
    numbered = enumerate(history(int(events)), start=1)
    while batch := [_row(*each, random_) for each in islice(numbered, BATCH)]:
        Event.objects.bulk_create(batch, batch_size=500)
    Head.objects.update_or_create(pk=1, defaults={"position": int(events)})


def fill_comments(comments: str) -> None:
    """Puts that many pending comments, ten to a post, into the comments service and their events
    into the log, as if they had come while all workers were stopped."""
    random_ = random.Random(SEED + 2)
    events: list[Contract] = []
    rows = []
    for number in range(int(comments)):
        if number % 10 == 0:
            post_id = uuid(random_)
            title, body = text(random_, 6), text(random_, 80)
            events.append(
                PostCreated(post_id=post_id, title=title, body=body, created_at=BEGINNING)
            )
        created = comment_created(random_, post_id, BEGINNING)
        events.append(created)
        rows.append(
            Comment(
                id=created.comment_id,
                post_id=post_id,
                author=created.author,
                content=created.content,
            )
        )
    Comment.objects.bulk_create(rows, batch_size=500)
    Event.objects.bulk_create(
        [_row(position, event, random_) for position, event in enumerate(events, start=1)],
        batch_size=500,
    )
    Head.objects.update_or_create(pk=1, defaults={"position": len(events)})


def catch_up(name: str) -> None:
    """A consumer without a checkpoint catches up with the whole log, as a worker does it. Reports
    the events that it handled, the seconds, and the peak of its memory."""
    consumer = consumers()[name]
    if not consumer.publishes:
        for model in apps.get_app_config(name).get_models():
            model._default_manager.all().delete()
    began = time.monotonic()
    progress = consumer.catch_up()
    send([progress.handled, time.monotonic() - began, _peak_mb()])


def rebuild(until: str) -> None:
    """Rebuilds query from the events up to that position, as ``replay_events`` does it. Reports the
    events replayed, the seconds, and the peak of its memory."""
    done = Rebuild(consumers()["query"], CHUNK, lambda events, position: None).switch(int(until))
    send([done.events, done.seconds, _peak_mb()])


def create_blog(posts: str) -> None:
    """A blog of that many posts with ten comments each, written through the services and handled by
    all consumers. Reports the ids of the posts."""
    random_ = random.Random(SEED + 3)
    ids = []
    for _ in range(int(posts)):
        post = create_post(text(random_, 6), text(random_, 80))
        ids.append(str(post.id))
        for number in range(COMMENTS_OF_A_POST):
            orange = " and an orange" if number == 5 else ""
            create_comment(post.id, "Ann", text(random_, 20) + orange)
    while sum(map(relay, outboxes())) + sum(c.catch_up().handled for c in consumers().values()):
        pass
    send(ids)


def count_queries(post_id: str) -> None:
    """Reports how many SQL queries each page needs, by database."""
    # Heavy: not in the processes whose memory is measured.
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    def count(client: Client, address: str) -> dict[str, int]:
        client.get(address)  # what is done once is not counted
        with ExitStack() as stack:
            captured = {
                connection.alias: stack.enter_context(CaptureQueriesContext(connection))
                for connection in connections.all()
            }
            response = client.get(address)
            if response.status_code != 200:
                raise RuntimeError(f"{address} responded {response.status_code}")
            return {alias: len(queries) for alias, queries in captured.items() if len(queries)}

    position = consumers()["query"].position()
    addresses = {
        "/": "/",
        "/ after a form": f"/?min_position={position}",
        "/posts/<id>/": f"/posts/{post_id}/",
        "/posts/<id>/ after a form": f"/posts/{post_id}/?min_position={position}",
        "/api/query/posts/": "/api/query/posts/",
    }
    anonymous, staff = (Client(headers={"host": "127.0.0.1"}) for _ in range(2))
    staff.force_login(get_user_model().objects.get(is_superuser=True))
    counts = {what: count(anonymous, address) for what, address in addresses.items()}
    counts |= {f"{what}, staff": count(staff, address) for what, address in addresses.items()}
    send(counts)


def _row(position: int, event: Contract, random_: random.Random) -> Event:
    return Event(
        position=position,
        id=uuid(random_),
        type=type(event).__name__,
        source=event.source,
        subject=event.subject,
        time=timezone.now(),
        data=encode(event),
        correlation_id=str(uuid(random_)),
    )


def _peak_mb() -> float:
    """The most memory that this process ever had, resident, in MB of a million bytes."""
    if STATUS.exists():
        # ru_maxrss would count what the parent process had.
        found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
        if found:
            return int(found[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


TASKS = {
    task.__name__: task
    for task in (append, fill, fill_comments, catch_up, rebuild, create_blog, count_queries)
}

if __name__ == "__main__":
    TASKS[sys.argv[1]](*sys.argv[2:])
