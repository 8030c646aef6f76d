"""``python -m tests.children NAME ARGUMENT…``: what a process does that a test starts.

Each function is such a program, and returns its report, which is printed as JSON.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.core.management import call_command
from django.db import connections, transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from comments.models import Checkpoint as CommentsCheckpoint
from comments.models import Comment
from comments.services import create_comment, update_comment
from config.celery import app as celery_app
from eventstore import outbox, reconcile, store
from eventstore.consumer import consumers
from eventstore.contracts import CONTRACTS
from eventstore.messaging import outboxes
from eventstore.models import Event
from eventstore.nudges import queue_of
from eventstore.owned import owned_by, owners
from eventstore.parking import UNDECIDED, State
from eventstore.rebuild import Rebuild
from eventstore.store import events_appended
from eventstore.tasks import sweep
from moderation import deciding
from moderation.models import Checkpoint as ModerationCheckpoint
from moderation.models import ParkedEvent, Review
from moderation.rules import judge_all
from posts.services import create_post, update_post
from query.models import CommentView, PostView
from tests import newer
from tests.eventstore.events import all_workers_seen
from tests.histories import settle
from tests.people import browser_of

TIMEOUT_SECONDS = 60


def wait_for_the_others() -> None:
    """Returns when all are ready: the test then closes our standard input."""
    print("ready", flush=True)
    sys.stdin.read()


# --- Writing


def opening() -> Any:
    """A post with a comment on it, and everything settled: their ids and the head's position."""
    post = create_post("A title", "A body")
    comment = create_comment(post.id, "Ann", "A kind word")
    settle()
    return [post.id, comment.id, store.head_position()]


def writer(name: str, count: str, post: str, shared: str) -> Any:
    """Comments on `post`, edits each comment, and each time the comment `shared`, too, which the
    other writers also edit. 3 events each time. Returns the ids of its own comments."""
    wait_for_the_others()
    mine = []
    for n in range(int(count)):
        comment = create_comment(UUID(post), name, f"{n}")
        update_comment(comment.id, content=f"{n} edited")
        update_comment(UUID(shared), author=name, content=f"{n}")
        mine.append(comment.id)
    return mine


def busy(name: str, seconds: str, post: str, shared: str) -> Any:
    """For so long, writes a comment on `post`, edits it, and edits `post` and the comment `shared`,
    as the others do. Returns how often."""
    wait_for_the_others()
    end = time.monotonic() + float(seconds)
    rounds = 0
    while time.monotonic() < end:
        text = f"{name} {rounds}"
        comment = create_comment(UUID(post), name, text)
        update_comment(comment.id, content=f"{text} edited")
        update_comment(UUID(shared), content=text)
        update_post(UUID(post), title=text)
        rounds += 1
    return rounds


def posting(post: str) -> Any:
    """Sends a comment on this post to the API. Returns the status and the headers."""
    response = Client().post(
        f"/api/posts/{post}/comments/",
        {"author": "Ann", "content": "A kind word"},
        content_type="application/json",
    )
    return [response.status_code, dict(response.headers)]


def visitors() -> Any:
    """A blog with some content. Returns the session of each visitor who is logged in."""
    for n in range(3):
        post = create_post(f"Post {n}", "A body", author="Ann")
        for content in ("A kind word", "I like oranges"):
            create_comment(post.id, "Bob", content)
        settle()
        update_post(post.id, title=f"Post {n}, again")
    settle()
    return {kind: browser_of(kind).cookies["sessionid"].value for kind in ("moderator", "staff")}


# --- Reading and catching up


def reader(position: str, count: str) -> Any:
    """Follows the log from `position` on until it has read `count` events. Returns each one's
    position, id, subject, type, author, and content or title."""
    at, end = int(position), time.monotonic() + 90
    wait_for_the_others()
    seen: list[tuple[object, ...]] = []
    while len(seen) < int(count) and time.monotonic() < end:
        time.sleep(0.001)
        for event in store.read_after(at, CONTRACTS, 7):
            data = json.loads(event.data)
            texts = (data.get("author"), data.get("content", data.get("title")))
            seen.append((event.position, event.id, event.subject, event.type, *texts))
            at = event.position
    return seen


def catcher(name: str, position: str) -> Any:
    """Catches up until `position` is reached, by it or by another process. Returns how many events
    it handled in each of its turns."""
    consumer = consumers()[name]
    wait_for_the_others()
    handled = []
    while consumer.position() < int(position):
        handled.append(consumer.catch_up(seconds=0.01).handled)
    return handled


def follower(name: str, seconds: str) -> Any:
    """A worker that catches up again and again, for so long and then to the head. Returns the
    positions of the events that it handled."""
    consumer = consumers()[name]
    handle = consumer.call
    handled: list[int] = []

    def handle_and_note(event: Any, contract: Any) -> Any:
        handled.append(event.position)
        return handle(event, contract)

    consumer.call = handle_and_note  # type: ignore[method-assign]
    wait_for_the_others()
    end = time.monotonic() + float(seconds)
    count = 0
    while time.monotonic() < end or consumer.position() < store.head_position():
        count += consumer.catch_up().handled
        time.sleep(0.01)
    assert count == len(handled), "a batch was rolled back"
    return handled


def sweeper(name: str) -> Any:
    """Sweeps as the worker of this consumer does. Returns the position then reached."""
    wait_for_the_others()
    sweep.apply(args=(name,))
    return consumers()[name].position()


def settled(*posts: str) -> Any:
    """Lets everything settle, then returns what the log and the outboxes hold, and what each
    service has of the comments on each of these posts."""

    def known(model: type[Model], post: str, key: str = "id") -> list[Any]:
        of_post = model._default_manager.filter(post_id=post)
        return sorted(of_post.values_list(key, "content", "status"))

    settle()
    return {
        "log": list(Event.objects.values_list("position", "type", "subject")),
        "waiting": sum(each._default_manager.count() for each in outboxes()),
        "known": {
            post: {
                "comments": known(Comment, post),
                "shown": known(CommentView, post),
                "reviews": known(Review, post, "comment_id"),
            }
            for post in posts
        },
    }


def judged(post_id: str) -> Any:
    """Writes comments on a new post, one after the other, and waits each time until the judgement
    is in the log. Returns what the log then holds of each."""
    post = create_post("A title", "A body", post_id=UUID(post_id))
    end = time.monotonic() + TIMEOUT_SECONDS
    found = []
    for n in range(3):
        comment = create_comment(post.id, "Ann", f"{n}")
        while len(about := store.about(comment.id)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        found.append([event.type for event in about])
    return found


# --- A post with very many comments


def crowded(count: str) -> Any:
    """A post with so many comments, which every service has, and another post. Returns their
    ids."""
    post, other = create_post("A title", "A body"), create_post("Another", "A body")
    settle()
    text = {"post_id": post.id, "author": "Ann", "content": "A kind word " * 20}
    now = timezone.now()
    for start in range(0, int(count), 5_000):
        ids = [uuid4() for _ in range(min(5_000, int(count) - start))]
        model: Any
        for model, key in ((Comment, "id"), (Review, "comment_id"), (CommentView, "id")):
            rows = [model(**{key: id_}, **text, status="approved", created_at=now) for id_ in ids]
            model._default_manager.bulk_create(rows, batch_size=500)
    return [post.id, other.id]


def left(post: str) -> Any:
    """How many rows each service has of this post's comments, and events that wait."""
    of = {"comments": Comment, "moderation": Review, "query": CommentView}
    rows = {name: model._default_manager.filter(post_id=post).count() for name, model in of.items()}
    return {**rows, "outbox": sum(each._default_manager.count() for each in outboxes())}


def deleted(post: str) -> Any:
    """How many deletions of comments the log has, about how many; and how many events are set
    aside."""
    events = Event.objects.filter(type="CommentDeleted")
    about = events.values("subject").distinct().count()
    aside = sum(each.parking.rows(*UNDECIDED).count() for each in consumers().values())
    return [[events.count(), about], aside]


# --- Two versions of the program


def upgraded(version: str, posts: str) -> Any:
    """A process of this version ("older" or "newer") that writes so many posts, each changed and
    with a comment, and lets all consumers catch up meanwhile, as a worker of each would. The newer
    one pins its posts. Returns the ids of the posts, and the errors of what is parked by consumer.
    """
    if version == "newer":
        newer.install()
    wait_for_the_others()
    written = []
    for n in range(int(posts)):
        post = create_post(f"{version} {n}", "A body")
        create_comment(post.id, version, f"{n}")
        with transaction.atomic(using="posts"):
            post = update_post(post.id, title=f"{version} {n}, again")
            if version == "newer":
                newer.pin(post)
        written.append(post.id)
        for consumer in consumers().values():
            consumer.catch_up()
    settle()
    parked = {name: each.parking.rows(State.PARKED) for name, each in consumers().items()}
    return [
        written,
        {name: sorted(rows.values_list("error", flat=True)) for name, rows in parked.items()},
    ]


def published(version: str, posts: str) -> Any:
    """Posts of this version, and nothing is handled. Returns their ids."""
    if version == "newer":
        newer.install()
    wait_for_the_others()
    return [create_post(f"{version} {n}", "A body").id for n in range(int(posts))]


def upgraded_state() -> Any:
    """Lets everything settle in the newer version, and rebuilds the page. Returns by consumer the
    events that it ever handled, those that it should have handled, and what is set aside; the
    titles and texts on the page, the statuses of the comments there, and how often each comment was
    decided on."""
    newer.install()
    settle()
    Rebuild(consumers()["query"], 5, lambda events, position: None).switch()
    stored = Counter(Event.objects.values_list("type", flat=True))
    decided = Event.objects.filter(type="CommentModerated")
    return {
        "handled": {name: each.handled() for name, each in consumers().items()},
        "stored": {
            name: sum(stored[type_] for type_ in each.handlers)
            for name, each in consumers().items()
        },
        "aside": {name: each.parking.rows(*State).count() for name, each in consumers().items()},
        "page": {str(post.id): post.title for post in PostView.objects.all()},
        "texts": sorted(set(PostView.objects.values_list("body", flat=True))),
        "comments": list(CommentView.objects.values_list("status", flat=True)),
        "decisions": Counter(map(str, decided.values_list("subject", flat=True))),
    }


def comparing(seconds: str) -> Any:
    """For so long, compares what each service owns with the log, and recovers and republishes what
    differs. Returns how often, and how many rows differed."""
    wait_for_the_others()
    end, rounds, different = time.monotonic() + float(seconds), 0, 0
    while time.monotonic() < end or not rounds:
        for service in owners():
            for owned in owned_by(service):
                for act in (reconcile.verify, reconcile.recover, reconcile.republish):
                    done, left = act(owned, chunk=7)
                    different += sum(found.count for found in (*done.values(), *left.values()))
        rounds += 1
    return [rounds, different]


# --- Losing, crashing and hanging


def losing() -> Any:
    """The query database loses all its tables."""
    connection = connections["query"]
    with connection.cursor() as cursor:
        lost = connection.introspection.table_names(cursor)
        for table in lost:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")
    return lost


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(place: str, *steps: str) -> Any:
    """Takes these steps, and is killed in the last of them, precisely at `place`.

    `place`: ``relay`` when a service's or a consumer's transaction has just committed and its relay
    would begin; ``append`` in the store's transaction, before its commit; ``delete`` after it,
    before the outbox is emptied; ``checkpoint`` in a consumer's transaction, before its commit.
    A step: ``post=ID``, ``comment=POST``, or ``catch_up=CONSUMER``.
    """

    def take(step: str) -> None:
        verb, _, argument = step.partition("=")
        match verb:
            case "post":
                create_post("A title", "A body", post_id=UUID(argument))
            case "comment":
                create_comment(UUID(argument), "Ann", "A kind word")
            case "catch_up":
                consumers()[argument].catch_up()

    for step in steps[:-1]:
        take(step)
    match place:
        case "relay":
            outbox.relay_quietly = die
        case "append":
            store.appends_if_free = lambda: False  # a statement alone has no place to die in
            store.LockedHead._appended = die  # type: ignore[method-assign]
        case "delete":
            events_appended.connect(die)
        case "checkpoint":
            CommentsCheckpoint.save = ModerationCheckpoint.save = die  # type: ignore[method-assign]
    take(steps[-1])


def importing(file: str, appends: str) -> Any:
    """Imports the file, and is killed after so many of its transactions."""
    left = int(appends)

    def count(**_: Any) -> None:
        nonlocal left
        left -= 1
        if not left:
            die()

    events_appended.connect(count)
    call_command("events", "import", file)


def mortal(folder: str) -> Any:
    """A real worker of moderation. Two of its processes, one after the other, are killed when they
    would relay what a transaction published; the files that they leave in `folder` count them."""
    relay_quietly, crashes = outbox.relay_quietly, Path(folder)

    def die_twice(*arguments: Any, **options: Any) -> None:
        if len(list(crashes.iterdir())) < 2:
            (crashes / str(os.getpid())).touch()
            die()
        relay_quietly(*arguments, **options)

    outbox.relay_quietly = die_twice
    _moderation_worker()


def hanging(mark: str) -> Any:
    """A real worker of moderation whose handler hangs at some comments. At "hang for ever" it can
    be interrupted; at "hang once", only the first time, it has to be killed: the file `mark`
    remembers that."""
    first = Path(mark)

    def hang(texts: tuple[str, str], *arguments: Any) -> Any:
        content, _ = texts
        if content == "die":
            die()
        if content == "hang for ever":
            time.sleep(600)
        if content == "hang once" and not first.exists():
            first.touch()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGUSR1})
            time.sleep(600)
        return judge_all(texts, *arguments)

    deciding.judge_all = hang  # type: ignore[assignment, attr-defined]
    _moderation_worker()


def toiling(gate: str, seconds: str) -> Any:
    """A real worker of moderation whose handler takes so long for each comment, until the file
    `gate` exists."""

    def toil(*arguments: Any) -> Any:
        if not Path(gate).exists():
            time.sleep(float(seconds))
        return judge_all(*arguments)

    deciding.judge_all = toil  # type: ignore[assignment, attr-defined]
    _moderation_worker()


def waking() -> Any:
    """A post, when all workers have been seen; and ends."""
    all_workers_seen()
    create_post("A title", "A body")


def backlog(count: str) -> Any:
    """So many comments on a new post; and another post, whose event stays in the outbox."""
    post = create_post("A title", "A body")
    for n in range(int(count)):
        create_comment(post.id, "Ann", f"{n}")
    outbox.relay_quietly = lambda *_, **__: None
    create_post("Left", "A body")


def hung(*posts: str) -> Any:
    """Two comments that hang on the first post, one that kills on the second, a kind word on the
    third; waits until all are judged or parked. Returns what the log holds of each, and the errors
    of what is parked."""
    one, two, three = (create_post("A title", "A body", post_id=UUID(id_)).id for id_ in posts)
    comments = {
        content: create_comment(post, "Ann", content).id
        for content, post in {
            "hang once": one,
            "hang for ever": one,
            "die": two,
            "a kind word": three,
        }.items()
    }
    end = time.monotonic() + TIMEOUT_SECONDS

    def log() -> dict[str, list[str]]:
        return {text: [event.type for event in store.about(id_)] for text, id_ in comments.items()}

    def parked() -> list[str]:
        of_ours = ParkedEvent.objects.filter(key__in=[one, two])
        return list(of_ours.values_list("error", flat=True))

    while time.monotonic() < end and not (
        len(parked()) == 2 and sum(map(len, log().values())) == 6
    ):
        time.sleep(0.05)
    return {**log(), "parked": parked()}


def _moderation_worker() -> None:
    celery_app.worker_main(["worker", "-Q", queue_of("moderation"), "-P", "prefork", "-c", "1"])


PROGRAMS: list[Callable[..., Any]] = [
    *(opening, writer, busy, posting, visitors),
    *(reader, catcher, follower, sweeper, settled, judged),
    *(crowded, left, deleted),
    *(upgraded, published, upgraded_state, comparing),
    *(losing, dying, importing, mortal, hanging, hung),
    *(toiling, backlog, waking),
]

if __name__ == "__main__":
    program = {each.__name__: each for each in PROGRAMS}[sys.argv[1]]
    print(json.dumps(program(*sys.argv[2:]), default=str), flush=True)
