"""``python -m lab.bench.inside TASK ARGUMENT…``: one of the functions below, in its own process."""

import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from random import Random

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections

from comments.models import Comment
from comments.services import create_comment
from eventstore.consumer import consumers
from eventstore.contracts import Contract
from eventstore.models import Event, Head
from eventstore.outbox import outboxes, relay
from eventstore.rebuild import CHUNK, Rebuild
from eventstore.terminal import peak_memory_mb
from lab import data
from lab.bench.inside import raw
from lab.bench.inside.filling import catch_up_query_alone, new_event
from lab.children import send
from lab.data import BEGINNING, COMMENTS_OF_A_POST, SEED
from posts.services import create_post
from query.models import PostView

BATCH = 5_000


def fill(events: str) -> None:
    """Puts a history of that many events straight into the empty log."""
    _fill_log(data.history(int(events)), Random(SEED + 1))


def fill_comments(comments: str) -> None:
    """That many pending comments, ten to a post, as if they came while all workers were stopped."""
    random = Random(SEED + 2)
    events: list[Contract] = []
    rows = []
    for number in range(int(comments)):
        if number % 10 == 0:
            post = data.post_created(random, BEGINNING)
            events.append(post)
        new = data.comment_created(random, post.post_id, BEGINNING)
        events.append(new)
        row = {"id": new.comment_id, "author": new.author, "content": new.content}
        rows.append(Comment(post_id=post.post_id, **row))
    Comment.objects.bulk_create(rows, batch_size=500)
    _fill_log(events, random)


def _fill_log(events: Iterable[Contract], random: Random) -> None:
    for numbered in data.chunks(enumerate(events, start=1), BATCH):
        rows = [
            Event(position=position, **new_event(event, random)._asdict())
            for position, event in numbered
        ]
        Event.objects.bulk_create(rows, batch_size=500)
        Head.objects.update_or_create(pk=1, defaults={"position": rows[-1].position})


def catch_up(name: str) -> None:
    """A consumer without a checkpoint catches up with the whole log, as a worker does it. Reports
    the events that it handled, the seconds, and the peak of its memory."""
    consumer = consumers()[name]
    if not consumer.publishes:
        _empty(name)
    began = time.monotonic()
    progress = consumer.catch_up()
    send([progress.handled, time.monotonic() - began, peak_memory_mb()])


def rebuild(until: str) -> None:
    """Rebuilds query from the events up to that position, as ``replay_events`` does it. Reports the
    events replayed, the seconds, and the peak of its memory."""
    done = Rebuild(consumers()["query"], CHUNK, lambda events, position: None).switch(int(until))
    send([done.events, done.seconds, peak_memory_mb()])


def fill_blog(posts: str) -> None:
    """A blog of that many posts with ten approved comments each, which query has caught up with;
    the other services begin behind it."""
    _fill_log(data.even_blog(int(posts)), Random(SEED + 4))
    catch_up_query_alone()


def raw_upserts() -> None:
    """As ``catch_up("query")``, by hand: see ``raw.upserts``."""
    _empty("query")
    send([*raw.upserts(), peak_memory_mb()])


def raw_fold() -> None:
    """As ``rebuild``, by hand: see ``raw.fold``."""
    send([*raw.fold(), peak_memory_mb()])


def _empty(service: str) -> None:
    for model in apps.get_app_config(service).get_models():
        model._default_manager.all().delete()


def create_blog(posts: str) -> None:
    """A blog of that many posts with ten comments each, written through the services and handled by
    all consumers. Reports the ids of the posts."""
    random = Random(SEED + 3)
    ids = []
    for _ in range(int(posts)):
        post = create_post(data.text(random, 6), data.text(random, 80))
        ids.append(str(post.id))
        for number in range(COMMENTS_OF_A_POST):
            orange = " and an orange" if number == 5 else ""
            create_comment(post.id, "Ann", data.text(random, 20) + orange)
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
            every = {each.alias: CaptureQueriesContext(each) for each in connections.all()}
            captured = {alias: stack.enter_context(each) for alias, each in every.items()}
            response = client.get(address)
            if response.status_code != 200:
                raise RuntimeError(f"{address} responded {response.status_code}")
            return {alias: len(queries) for alias, queries in captured.items() if len(queries)}

    slug = PostView.objects.get(id=post_id).slug
    after_form = f"?min_position={consumers()['query'].position()}"
    addresses = {
        "/": "/",
        "/ after a form": f"/{after_form}",
        "/posts/<slug>/": f"/posts/{slug}/",
        "/posts/<slug>/ after a form": f"/posts/{slug}/{after_form}",
        "/api/query/posts/": "/api/query/posts/",
    }
    anonymous, staff = (Client(headers={"host": "127.0.0.1"}) for _ in range(2))
    staff.force_login(get_user_model().objects.get(is_superuser=True))
    send(
        {what: count(anonymous, address) for what, address in addresses.items()}
        | {f"{what}, staff": count(staff, address) for what, address in addresses.items()}
    )


TASKS = (
    *(fill, fill_comments, catch_up, rebuild, raw_upserts, raw_fold, fill_blog, create_blog),
    count_queries,
)

if __name__ == "__main__":
    {task.__name__: task for task in TASKS}[sys.argv[1]](*sys.argv[2:])
