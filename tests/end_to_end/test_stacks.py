"""Every stack over HTTP, with real workers: the tour, what users get while servers are down, and
that all of it heals by itself."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.end_to_end.stacks import Stack, execute, kill, lose_page, name_of, those
from tests.running import SECONDS


def test_comments_are_moderated_and_shown_automatically(stack: Stack) -> None:
    post = stack.write_post()
    assert stack.comment(post, "A kind word").json()["status"] == "pending"
    stack.comment(post, "Oranges, the cheapest")
    stack.until(lambda: stack.statuses(post) == {"A kind word": "approved", "": "rejected"})
    page = stack.run.get(f"/posts/{post}/").text
    assert "A kind word" in page
    assert "Oranges" not in page


def test_the_log_of_every_process_has_the_id_of_the_request(stack: Stack) -> None:
    answer = stack.comment(stack.write_post(), "Follow me")
    correlation = answer.headers["X-Correlation-ID"]
    programs = ("web", "moderation-worker", "comments-worker", "query-worker")
    logs = [stack.run.var / "log" / f"{program}.log" for program in programs]
    stack.until(lambda: all(correlation in log.read_text() for log in logs))


def test_moderation_may_be_stopped_and_catches_up(stack: Stack) -> None:
    post = stack.write_post()
    stack.run.do("stop", "moderation").check_returncode()
    try:
        stack.comment(post, "While it is away")
        stack.until(lambda: stack.statuses(post) == {"": "pending"})
        assert "awaiting moderation" in stack.run.get(f"/posts/{post}/").text
    finally:
        stack.run.do("start", "moderation").check_returncode()
    stack.until(lambda: stack.statuses(post) == {"While it is away": "approved"})


def test_many_at_once_are_each_judged_once(stack: Stack) -> None:
    post = stack.write_post()
    with ThreadPoolExecutor(4) as writers:
        answers = list(writers.map(lambda n: stack.comment(post, f"{n}"), range(40)))
    assert {answer.status_code for answer in answers} == {201}
    stack.until(lambda: stack.statuses(post) == {f"{n}": "approved" for n in range(40)})
    published = Counter((event["subject"], event["type"]) for event in stack.events(post))
    assert set(published.values()) == {1}
    assert len(published) == 1 + 40 * 3


@pytest.mark.parametrize(
    "stack", those("PostgreSQL and RabbitMQ", "PostgreSQL and Redis"), indirect=True
)
def test_the_broker_may_be_down_and_lost_nudges_are_made_up_for(stack: Stack) -> None:
    post = stack.write_post()
    stack.cables["broker"].cut()
    try:
        answer = stack.comment(post, "No nudge arrives")
        assert answer.status_code == 201
        assert "X-Event-Position" in answer.headers
        assert stack.comment(post, "Nor a second one").status_code == 201
    finally:
        stack.cables["broker"].restore()
    stack.until(lambda: set(stack.statuses(post).values()) == {"approved"})
    assert len(stack.statuses(post)) == 2


@pytest.mark.parametrize("stack", those("PostgreSQL and Redis", "MariaDB"), indirect=True)
def test_the_store_may_be_down_and_what_was_not_relayed_is_made_up_for(stack: Stack) -> None:
    post = stack.write_post()
    stack.comment(post, "The post is known")
    stack.until(lambda: set(stack.statuses(post).values()) == {"approved"})
    stack.cables["store"].cut()
    try:
        answer = stack.comment(post, "The store is away")
        assert answer.status_code == 201
        assert "X-Event-Position" not in answer.headers
    finally:
        stack.cables["store"].restore()
    stack.until(lambda: stack.statuses(post).get("The store is away") == "approved")


def test_servers_may_restart_unnoticed(stack: Stack) -> None:
    """Every connection breaks, and new ones can be made at once."""
    post = stack.write_post()
    for cable in stack.cables.values():
        cable.reset()
    answer = stack.comment(post, "Anew")
    assert answer.status_code == 201
    assert "X-Event-Position" in answer.headers
    stack.until(lambda: stack.statuses(post) == {"Anew": "approved"})


ON_POSTGRESQL = those("PostgreSQL and RabbitMQ", "PostgreSQL and Redis")
WAY = {"CommentCreated": 1, "CommentModerated": 1, "CommentUpdated": 1}


def assert_each_published_once(stack: Stack, post: str, comments: int) -> None:
    published = Counter(event["type"] for event in stack.events(post))
    assert published == Counter(PostCreated=1, **{type_: comments * n for type_, n in WAY.items()})


def all_approved(stack: Stack, post: str, *comments: str) -> bool:
    return stack.statuses(post) == dict.fromkeys(comments, "approved")


def is_unavailable(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize("stack", those("MariaDB"), indirect=True)
def test_what_a_services_own_database_cannot_save_is_503_and_not_saved(stack: Stack) -> None:
    post = stack.write_post()
    stack.comment(post, "Before")
    stack.until(lambda: all_approved(stack, post, "Before"))
    with stack.without("comments"):
        assert is_unavailable(stack.comment(post, "Meanwhile"))
        read = stack.run.get(f"/api/posts/{post}/comments/")
        assert is_unavailable(read)
        assert set(read.json()) == {"detail"}
        assert "Before" in stack.run.get(f"/posts/{post}/").text
        other = stack.write_post()
    assert stack.comment(post, "After").status_code == 201
    stack.until(lambda: all_approved(stack, post, "Before", "After"))
    assert stack.comment(other, "Elsewhere").status_code == 201
    assert_each_published_once(stack, post, comments=2)


@pytest.mark.parametrize("stack", ON_POSTGRESQL, indirect=True)
def test_store_and_broker_may_be_away_together_and_workers_start_without_them(
    stack: Stack,
) -> None:
    post = stack.write_post()
    stack.comment(post, "Before")
    stack.until(lambda: all_approved(stack, post, "Before"))
    with stack.without("broker"), stack.without("store"):
        assert stack.comment(post, "Meanwhile").status_code == 201
        kill(stack, "moderation-worker")
        other = stack.write_post()
        assert is_unavailable(stack.comment(other, "Who knows this post?"))
        assert stack.run.get("/").status_code == 200
        stack.until(lambda: stack.run.processes_of("moderation-worker"))
    assert stack.comment(post, "After").status_code == 201
    stack.until(lambda: all_approved(stack, post, "Before", "Meanwhile", "After"))
    assert stack.comment(other, "We do").status_code == 201
    stack.until(lambda: all_approved(stack, other, "We do"))
    assert_each_published_once(stack, post, comments=3)


@pytest.mark.parametrize("stack", those("PostgreSQL and RabbitMQ"), indirect=True)
def test_everything_may_be_away_at_once(stack: Stack) -> None:
    post = stack.write_post()
    stack.comment(post, "Before")
    stack.until(lambda: all_approved(stack, post, "Before"))
    with stack.without(*stack.cables):
        for path in ("/", f"/posts/{post}/", "/api/query/posts/", "/api/events/"):
            assert is_unavailable(httpx.get(address(stack, path), auth=("a", "b"), timeout=SECONDS))
        assert is_unavailable(stack.comment(post, "Meanwhile"))
        assert stack.run.get("/healthz").status_code == 200
        kill(stack, "query-worker")
        kill(stack, "web")
        stack.until(lambda: is_up(stack))
    assert stack.comment(post, "After").status_code == 201
    stack.until(lambda: all_approved(stack, post, "Before", "After"))
    assert_each_published_once(stack, post, comments=2)


@pytest.mark.parametrize("stack", those("PostgreSQL and Redis"), indirect=True)
def test_a_database_that_only_can_be_read_is_read(stack: Stack) -> None:
    post = stack.write_post()
    comments = name_of(stack, "comments")
    execute(stack, f'ALTER DATABASE "{comments}" SET default_transaction_read_only = on')
    try:
        stack.cables["comments"].reset()
        assert is_unavailable(stack.comment(post, "Meanwhile"))
        assert stack.run.get(f"/api/posts/{post}/comments/").json()["results"] == []
    finally:
        execute(stack, f'ALTER DATABASE "{comments}" RESET default_transaction_read_only')
        stack.cables["comments"].reset()
    assert stack.comment(post, "After").status_code == 201
    stack.until(lambda: all_approved(stack, post, "After"))
    assert_each_published_once(stack, post, comments=1)


@pytest.mark.parametrize(
    "stack", those("embedded", "PostgreSQL and RabbitMQ", "MariaDB"), indirect=True
)
def test_the_pages_database_may_be_lost_and_made_anew_while_all_runs(stack: Stack) -> None:
    post = stack.write_post()
    stack.comment(post, "Before")
    stack.until(lambda: all_approved(stack, post, "Before"))
    lose_page(stack)
    seen = {stack.run.get(path).status_code for path in ("/", f"/posts/{post}/") for _ in range(5)}
    assert seen <= {200, 404, 503}
    assert stack.comment(post, "Meanwhile").status_code == 201

    def is_complete() -> bool:
        seen.add(stack.run.get("/").status_code)
        return shows(stack, post, "Before", "Meanwhile")

    stack.until(is_complete)
    assert seen <= {200, 404, 503}
    assert_each_published_once(stack, post, comments=2)


def shows(stack: Stack, post: str, *comments: str) -> bool:
    """These comments, approved; it may be unavailable, or incomplete."""
    available = stack.run.get(f"/api/query/posts/{post}/").status_code == 200
    return available and all_approved(stack, post, *comments)


def is_up(stack: Stack) -> bool:
    try:
        return stack.run.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def address(stack: Stack, path: str) -> str:
    return f"http://127.0.0.1:{stack.run.port}{path}"
