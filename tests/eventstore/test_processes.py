"""Several processes at the same time, and processes that crash."""

import signal
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client

from comments import services as comments
from comments.models import Comment
from eventstore.models import Event
from moderation import services as moderation
from moderation.models import Review, Rule
from posts.models import Post
from tests.eventstore.processes import Processes
from tests.histories import settle
from tests.own import SECONDS

WRITERS = [f"writer {n}" for n in range(4)]
ROUNDS = 8


def test_a_reader_that_follows_four_writers_skips_nothing_and_sees_nothing_twice(
    processes: Processes,
) -> None:
    post, shared, before = processes.alone("opening")
    count = len(WRITERS) * ROUNDS * 3
    writers = [("writer", name, ROUNDS, post, shared) for name in WRITERS]
    *written, seen = processes.together(*writers, ("reader", before, count))

    assert [position for position, *_ in seen] == list(range(before + 1, before + count + 1))
    assert len({event for _, event, *_ in seen}) == count
    of_subject = defaultdict(list)
    for _, _, subject, type_, author, content in seen:
        of_subject[subject].append((type_, author, content))
    for name, own in zip(WRITERS, written, strict=True):
        assert [of_subject[comment] for comment in own] == [
            [("CommentCreated", name, f"{n}"), ("CommentUpdated", name, f"{n} edited")]
            for n in range(ROUNDS)
        ]
        edits = [content for _, author, content in of_subject[shared] if author == name]
        assert edits == [f"{n}" for n in range(ROUNDS)]

    settled = processes.alone("settled", post)
    assert settled["waiting"] == 0
    known = settled["known"][post]
    assert known["comments"] == known["shown"]
    last = of_subject[shared][-1]
    assert [shared, last[2], "approved"] in known["comments"]


@pytest.mark.parametrize("consumer", ["query", "moderation"])
def test_two_that_catch_up_at_once_never_handle_an_event_twice(
    processes: Processes, consumer: str
) -> None:
    """As when a worker is started twice."""
    post, shared, before = processes.alone("opening")
    rounds = 12
    processes.together(("writer", "Bob", rounds, post, shared))
    head = before + rounds * 3
    catchers = [("catcher", consumer, head)] * 2
    one, other = processes.together(*catchers, CONSUMER_BATCH="2")

    assert sum(one) + sum(other) == rounds * 3

    settled = processes.alone("settled", post)
    decided = [subject for _, type_, subject in settled["log"] if type_ == "CommentModerated"]
    assert max(Counter(decided).values()) == 1
    assert settled["known"][post]["comments"] == settled["known"][post]["shown"]


# --- Crashes: nothing is lost, nothing takes effect twice


WAY = ("CommentCreated", "CommentModerated", "CommentUpdated")


def die(processes: Processes, place: str, *steps: str) -> str:
    """In the last of the steps that follow on a new post; its id."""
    post = str(uuid4())
    process = processes.start("dying", place, f"post={post}", f"comment={post}", *steps)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == -signal.SIGKILL, errors
    return post


def assert_all_went_their_way_once(settled: Any, post: str, comments: int = 1) -> None:
    """Each comment on the post was created, judged and updated, once each, and all agree on it."""
    published = Counter((subject, type_) for _, type_, subject in settled["log"])
    known = settled["known"][post]
    assert len(known["comments"]) == comments
    for comment, _, status in known["comments"]:
        assert status == "approved"
        assert [published[comment, type_] for type_ in WAY] == [1, 1, 1]
    assert known["comments"] == known["shown"] == known["reviews"]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="a writer"),
        pytest.param(["catch_up=moderation"], id="a consumer that judges"),
        pytest.param(["catch_up=moderation", "catch_up=comments"], id="one that says what follows"),
    ],
)
def test_it_is_killed_anywhere(processes: Processes, steps: list[str]) -> None:
    """In its transaction; between that and its relay; in the store's transaction; between the
    store's commit and the emptying of the outbox. What one leaves the next may carry."""
    places = ["checkpoint"] * bool(steps) + ["relay", "append", "delete"]
    posts = [die(processes, place, *steps) for place in places]
    settled = processes.alone("settled", *posts)
    positions = [position for position, *_ in settled["log"]]
    assert positions == list(range(1, len(positions) + 1))
    assert settled["waiting"] == 0
    for post in posts:
        assert_all_went_their_way_once(settled, post)


def test_it_is_saved_while_the_store_cannot_be_reached(processes: Processes) -> None:
    post, *_ = processes.alone("opening")
    down = {"EVENTSTORE_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    status, headers = processes.alone("posting", post, ALLOWED_HOSTS="testserver", **down)
    assert (status, headers.get("X-Event-Position")) == (201, None)
    assert_all_went_their_way_once(processes.alone("settled", post), post, comments=2)


@pytest.mark.parametrize(
    "processes", [pytest.param("sqlite", marks=pytest.mark.xdist_group("sqlite"))], indirect=True
)
def test_a_worker_recovers_when_its_processes_are_killed(
    processes: Processes, tmp_path: Path
) -> None:
    """Celery replaces the killed process; the next sweep carries what it left. On which database
    that is makes no difference."""
    post = str(uuid4())
    graves, log = tmp_path / "graves", tmp_path / "log"
    graves.mkdir()
    with log.open("w") as errors:
        worker = processes.start("mortal", graves, stderr=errors, SWEEP_INTERVAL="0.3")
        try:
            judged = processes.alone("judged", post)
        finally:
            worker.terminate()
            worker.communicate(timeout=SECONDS)
    assert judged == [["CommentCreated", "CommentModerated"]] * 3, log.read_text()
    assert log.read_text().count("exited with 'signal 9 (SIGKILL)'") == 2
    assert_all_went_their_way_once(processes.alone("settled", post), post, comments=3)


# --- Lost databases: a service's database is made anew, empty


def lose(service: str) -> None:
    """All that it knows; its tables are there again, as its migrations make them."""
    rules = list(Rule.objects.all())
    for model in apps.get_app_config(service).get_models():
        model._default_manager.all().delete()
    Rule.objects.bulk_create(rules, ignore_conflicts=True)


def test_the_page_has_its_tables_again_and_all_its_rows_however_many_workers_there_are(
    processes: Processes,
) -> None:
    post, comment, _ = processes.alone("opening")
    assert "query_postview" in processes.alone("losing")
    positions = processes.together(*(("sweeper", "query") for _ in range(3)))
    settled = processes.alone("settled", post)
    head = settled["log"][-1][0]
    assert positions == [head] * 3
    assert settled["known"][post]["shown"] == [[comment, "A kind word", "approved"]]


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("service", ["posts", "comments", "moderation", "query"])
def test_no_service_publishes_an_event_again(client: Client, post: Post, service: str) -> None:
    for word in ("Kind", "Oranges", "Cheap"):
        comments.create_comment(post.id, "Ann", word)
    settle()
    cheap = Comment.objects.get(content="Cheap").id
    moderation.decide(cheap, "rejected", decided_by="a person", reason="an advertisement")
    settle()
    published, shown = Event.objects.count(), client.get("/api/query/posts/").json()

    lose(service)
    settle()
    assert Event.objects.count() == published
    assert client.get("/api/query/posts/").json() == shown
    if service == "moderation":
        assert Review.objects.count() == 3
        review = Review.objects.get(comment_id=cheap)
        assert (review.status, review.decided_by) == ("rejected", "a person")


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_decision_that_a_rule_would_not_make_now_is_not_made_anew(post: Post) -> None:
    """It was held then, and a person rejected it; no rule would hold it today."""
    Rule.objects.create(term="odd", action="hold", match="word")
    odd = comments.create_comment(post.id, "Ann", "Odd")
    settle()
    moderation.decide(odd.id, "rejected", decided_by="a person")
    settle()
    Rule.objects.filter(term="odd").delete()
    lose("moderation")
    settle()
    odd.refresh_from_db()
    assert odd.status == "rejected"


def test_what_is_written_meanwhile_is_no_difference_from_the_log(processes: Processes) -> None:
    """Rows, outbox and log are never read at the same moment."""
    post, shared, _ = processes.alone("opening")
    writers = [("busy", name, 4, post, shared) for name in WRITERS[:2]]
    workers = [("follower", name, 4) for name in ("comments", "moderation")]
    *_, [rounds, different] = processes.together(*writers, *workers, ("comparing", 4))
    assert rounds > 0
    assert different == 0
    settled = processes.alone("settled", post)
    assert settled["known"][post]["comments"] == settled["known"][post]["shown"]
