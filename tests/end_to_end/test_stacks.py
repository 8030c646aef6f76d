"""The tour on every stack: over HTTP, with real workers, and with what may be down."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.stacks import Stack, those


def test_comments_are_judged_and_shown_without_a_touch(stack: Stack) -> None:
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


def test_moderation_may_be_stopped_and_makes_up_for_it(stack: Stack) -> None:
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
    said = Counter((event["subject"], event["type"]) for event in stack.events(post))
    assert set(said.values()) == {1}
    assert len(said) == 1 + 40 * 3


@pytest.mark.parametrize(
    "stack", those("PostgreSQL and RabbitMQ", "PostgreSQL and Redis"), indirect=True
)
def test_the_broker_may_be_down_and_what_was_not_told_is_made_good(stack: Stack) -> None:
    post = stack.write_post()
    stack.cables["broker"].cut()
    try:
        answer = stack.comment(post, "Nobody is woken")
        assert answer.status_code == 201
        assert "X-Event-Position" in answer.headers
        assert stack.comment(post, "Nobody at all").status_code == 201
    finally:
        stack.cables["broker"].mend()
    stack.until(lambda: set(stack.statuses(post).values()) == {"approved"})
    assert len(stack.statuses(post)) == 2


@pytest.mark.parametrize("stack", those("PostgreSQL and Redis", "MariaDB"), indirect=True)
def test_the_store_may_be_down_and_what_was_not_carried_is_made_good(stack: Stack) -> None:
    post = stack.write_post()
    stack.comment(post, "The post is known")
    stack.until(lambda: set(stack.statuses(post).values()) == {"approved"})
    stack.cables["store"].cut()
    try:
        answer = stack.comment(post, "The store is away")
        assert answer.status_code == 201
        assert "X-Event-Position" not in answer.headers
    finally:
        stack.cables["store"].mend()
    stack.until(lambda: stack.statuses(post).get("The store is away") == "approved")


def test_servers_may_restart_unnoticed(stack: Stack) -> None:
    """Every connection breaks, and new ones can be made at once."""
    post = stack.write_post()
    for cable in stack.cables.values():
        cable.snap()
    answer = stack.comment(post, "Anew")
    assert answer.status_code == 201
    assert "X-Event-Position" in answer.headers
    stack.until(lambda: stack.statuses(post) == {"Anew": "approved"})
