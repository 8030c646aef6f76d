"""``python -m lab.bench.inside.growth fill EVENTS | ask``: fills the tables, or requests the pages
of staff in this process and reports how long each took."""

import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.db import models
from django.test import Client
from django.utils import timezone
from django_celery_results.models import TaskResult

from comments.models import Comment
from comments.models import KnownPost as PostOfComments
from eventstore.consumer import consumers
from eventstore.contracts import Contract, PostDeleted, encode
from eventstore.models import Event, Head, Subscription
from eventstore.parking import State
from lab import data
from lab.children import send, wait_for_go
from moderation.models import Decision, Review
from moderation.models import KnownPost as PostOfModeration
from posts.models import Post
from query.models import CommentView, PostView

CHUNK = 5_000
EVENTS_OF_A_COMMENT = 10  # in the log, for each row in the services' tables
COMMENTS_OF_A_POST = 10
EVENTS_OF_A_POST = EVENTS_OF_A_COMMENT * COMMENTS_OF_A_POST
EVERY = timedelta(minutes=6)  # an event: a larger blog is an older one
COMMENTS_OF_A_TASK = 10
COMMENTS_OF_A_PARKED_EVENT = 10
PENDING, OTHERS = 0.06, ("approved", "rejected")
AUTHORS = 500
PERSONS = ("ann", "ben", "filter", "filter", "filter", "filter")
SPARSE = 3  # events of a type that hardly any event has, at the beginning of the log


# --- Fill


def fill(events: str) -> None:
    """A log of so many events, and a tenth as many comments, reviews and decisions."""
    wanted = int(events)
    random = Random(data.SEED)
    beginning = timezone.now() - wanted * EVERY
    _in_bulk(Event, (_event(*each) for each in _log(wanted, random, beginning)))
    last = Event.objects.order_by("position").last()
    assert last
    Head.objects.update_or_create(pk=1, defaults={"position": last.position})
    for consumer in consumers().values():
        Subscription.seen(consumer.name, consumer.handlers)
        place = {"event_id": last.id, "event_position": last.position}
        consumer.checkpoint._default_manager.update_or_create(
            consumer=consumer.name, defaults={"position": last.position, **place}
        )
    comments = [_comment(random, n, beginning) for n in range(wanted // EVENTS_OF_A_COMMENT)]
    posts = dict.fromkeys(each["post_id"] for each in comments)
    _fill_posts(list(posts), random, beginning)
    shown = ("post_id", "author", "content", "status", "created_at")
    for model in (Comment, CommentView):
        rows = (model(id=each["comment_id"], **{n: each[n] for n in shown}) for each in comments)
        _in_bulk(model, rows)
    decided = [each for each in comments if each["status"] != "pending"]
    _in_bulk(Review, (Review(**each) for each in comments))
    _in_bulk(Decision, map(_decision, decided))
    _fill_admin(decided, last)


def _log(
    wanted: int, random: Random, beginning: Any
) -> Iterator[tuple[int, Random, Any, Contract]]:
    deleted = [PostDeleted(post_id=data.uuid(random)) for _ in range(SPARSE)]
    position = count(1)
    for contract in (*deleted, *data.history(wanted - SPARSE)):
        yield next(position), random, beginning, contract


def _event(position: int, random: Random, beginning: Any, contract: Contract) -> Event:
    at = beginning + position * EVERY
    return Event(
        position=position,
        id=data.uuid(random),
        type=type(contract).__name__,
        source=contract.source,
        subject=contract.subject,
        time=at,
        appended_at=at,
        data=encode(contract),
        correlation_id=str(contract.subject),
        version=contract.version,
    )


def _comment(random: Random, number: int, beginning: Any) -> dict[str, Any]:
    status = "pending" if random.random() < PENDING else random.choice(OTHERS)
    at = beginning + number * EVENTS_OF_A_COMMENT * EVERY
    by = {"decided_by": random.choice(PERSONS), "decided_at": at + timedelta(minutes=1)}
    return {
        "comment_id": data.uuid(random),
        "post_id": UUID(int=1 + number // COMMENTS_OF_A_POST, version=4),
        "author": f"author {random.randrange(AUTHORS)}",
        "content": data.text(random, 20),
        "created_at": at,
        "status": status,
        "matched_term": "orange" if number < SPARSE else "",
        **(by if status != "pending" else {}),
    }


def _fill_posts(ids: list[UUID], random: Random, beginning: Any) -> None:
    for model in (PostOfComments, PostOfModeration):
        title = {"title": "A post"} if model is PostOfModeration else {}
        _in_bulk(model, (model(post_id=each, **title) for each in ids))
    for owner in (Post, PostView):
        rows = (
            owner(
                id=each,
                title=data.text(random, 6),
                body=data.text(random, 80),
                author=f"author {number % AUTHORS}",
                slug=f"post-{number}",
                created_at=beginning + number * EVENTS_OF_A_POST * EVERY,
            )
            for number, each in enumerate(ids)
        )
        _in_bulk(owner, rows)


def _decision(comment: dict[str, Any]) -> Decision:
    names = ("comment_id", "status", "decided_by", "decided_at")
    by_person = comment["decided_by"] != "filter"
    known = {name: comment[name] for name in names}
    return Decision(**known, by_person=by_person, seconds=60 if by_person else None)


def _fill_admin(decided: list[dict[str, Any]], last: Event) -> None:
    """What the administrator did, results of tasks, and parked events."""
    user = get_user_model().objects.get(is_superuser=True)
    changed = {"user_id": user.pk, "action_flag": CHANGE, "object_repr": "A comment"}
    _in_bulk(LogEntry, (LogEntry(object_id=str(d["comment_id"]), **changed) for d in decided))
    known = {"task_name": "eventstore.tasks.consume", "task_args": "\"('query',)\""}
    known |= {"status": "SUCCESS", "result": '{"handled": 1, "position": 1}'}
    tasks = range(min(len(decided) // COMMENTS_OF_A_TASK, settings.RESULT_LIMIT))
    _in_bulk(TaskResult, (TaskResult(task_id=str(n), **known) for n in tasks))
    parked = consumers()["moderation"].parked
    _in_bulk(
        parked,
        (
            parked(
                consumer="moderation",
                position=n + 1,
                event_id=each["comment_id"],
                type="CommentCreated",
                key=each["post_id"],
                state=State.WAITING if n else State.PARKED,
                error="ValueError: it failed",
            )
            for n, each in enumerate(decided[: len(decided) // COMMENTS_OF_A_PARKED_EVENT])
        ),
    )


def _in_bulk(model: type[models.Model], rows: Iterator[Any]) -> None:
    for some in data.chunks(rows, CHUNK):
        model._default_manager.bulk_create(some, batch_size=500)


# --- Ask


def ask() -> None:
    """Each time its parent lets it go on, it requests all pages, and reports the milliseconds of
    processor time of each by its name. Before, it requests them once, which loads what is loaded
    once, and reports the names."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.get(is_superuser=True))
    pages = dict(addresses())
    for path in pages.values():
        _request(client, path)
    send(list(pages))
    while wait_for_go():
        send({name: _milliseconds(client, path) for name, path in pages.items()})


def _milliseconds(client: Client, path: str) -> float:
    began = time.process_time()
    _request(client, path)
    return (time.process_time() - began) * 1_000


def _request(client: Client, path: str) -> None:
    response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path} responded {response.status_code}")
    b"".join(response)


def addresses() -> Iterator[tuple[str, str]]:
    """The pages of staff and the lists of the API, by their names."""
    yield from _of_the_log()
    yield from _of_moderation()
    yield from _of_the_rest()


def _of_the_log() -> Iterator[tuple[str, str]]:
    head = Event.objects.order_by("position").last()
    assert head
    middle = Event.objects.get(position=head.position // 2)
    page = min(1_000, head.position // 100)
    of_type = min(25, Event.objects.filter(type="CommentCreated").count() // 100)
    log, api = "/admin/eventstore/event/", "/api/events/"

    def of(path: str, **query: object) -> str:
        return f"{path}?{urlencode(query)}"

    yield "log", log
    yield "log, page 1,000 or the last", of(log, p=page)
    yield "log, oldest first", of(log, o=0)
    yield "log, search: event", of(log, q=middle.id)
    yield "log, search: comment", of(log, q=middle.subject)
    yield "log, search: words", of(log, q="nothing has this")
    yield "log, a rare type", of(log, type__exact="PostDeleted")
    yield (
        "log, a common type, page 25 or its last",
        of(log, type__exact="CommentCreated", p=of_type),
    )
    yield "log, of 7 days", of(log, appended="week")
    yield "log, an event", f"{log}{middle.position}/change/"
    yield "API: events, the middle", of(api, after=middle.position)
    yield "API: events of a rare type", of(api, type="PostDeleted")
    yield "API: events of a common type", of(api, type="PostCreated", after=middle.position)
    yield "API: events of a comment", of(api, subject=middle.subject)
    yield "API: events of a correlation", of(api, correlationid=middle.correlation_id)
    yield "API: events of both", of(api, type="PostDeleted", subject=middle.subject)
    yield "a journey", of("/admin/eventstore/event/journey/", of=middle.id)


def _of_moderation() -> Iterator[tuple[str, str]]:
    queue, api = "/admin/moderation/review/", "/api/moderation/reviews/"
    review = Review.objects.order_by("created_at").first()
    assert review
    yield "queue", queue
    yield "queue, all", f"{queue}?status__exact=all"
    page = min(15, Review.objects.filter(status="rejected").count() // 25)
    yield "queue, rejected, page 15 or its last", f"{queue}?status__exact=rejected&p={page}"
    yield "queue, search: words", f"{queue}?q=nothing+has+this"
    yield "queue, search: an author", f"{queue}?q=author+7"
    yield "queue, search: a comment", f"{queue}?q={review.comment_id}"
    yield "queue, decided by a person", f"{queue}?decided_by=ann"
    yield "queue, decided by nobody known", f"{queue}?decided_by=zoe"
    yield "queue, a term that matched", f"{queue}?matched_term=orange"
    today = timezone.now().date()
    yield "queue, decided today", f"{queue}?decided_at__gte={today}"
    yield "queue, written today", f"{queue}?created_at__gte={today}"
    yield "figures", f"{queue}figures/"
    yield "a review", f"{queue}{review.comment_id}/change/"
    yield "API: reviews", api
    yield "API: reviews, pending, oldest", f"{api}?status=pending&ordering=created_at"
    yield "API: reviews of a post", f"{api}?post_id={review.post_id}"
    yield "API: reviews of a person", f"{api}?decided_by=zoe"
    yield "API: reviews of an author", f"{api}?author=nobody"
    yield "API: reviews, search", f"{api}?search=nothing+has+this"


def _of_the_rest() -> Iterator[tuple[str, str]]:
    comment = Comment.objects.order_by("created_at").first()
    assert comment
    for name, path in (
        ("posts", "/admin/posts/post/"),
        ("comments", "/admin/comments/comment/"),
    ):
        yield f"admin: {name}", path
        yield f"admin: {name}, search: words", f"{path}?q=nothing+has+this"
        yield f"admin: {name}, today", f"{path}?created_at__gte={timezone.now().date()}"
    yield "admin: comments, pending", "/admin/comments/comment/?status__exact=pending"
    yield "admin: comments, search: id", f"/admin/comments/comment/?q={comment.id}"
    yield "admin: parked events", "/admin/moderation/parkedevent/"
    yield "admin: parked events, parked", "/admin/moderation/parkedevent/?state__exact=parked"
    yield "admin: parked events, search", f"/admin/moderation/parkedevent/?q={comment.post_id}"
    yield "admin: results of tasks", "/admin/django_celery_results/taskresult/"
    yield "admin: what waits in chunks", "/admin/comments/continuation/"
    yield "admin: index", "/admin/"
    yield "admin: history of a review", f"/admin/moderation/review/{comment.id}/history/"
    yield "services", "/services/"
    yield "metrics", "/metrics"
    yield "readyz", "/readyz"
    yield "API: posts", "/api/posts/"
    yield "API: posts of an author", "/api/posts/?author=author+7"
    yield "API: posts, search", "/api/posts/?search=nothing+has+this"
    yield "feed", "/feed/"
    yield "sitemap", "/sitemap.xml"


TASKS = (fill, ask)

if __name__ == "__main__":
    {task.__name__: task for task in TASKS}[sys.argv[1]](*sys.argv[2:])
