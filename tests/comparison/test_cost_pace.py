"""The writer of the staleness curve keeps its pace, whoever is slow; the watcher sees the rest."""

import time
from threading import Event
from typing import Any, cast

import pytest

from comparison.cost.blog import Blog
from comparison.cost.pace import Sent, achieved, paced
from comparison.cost.watch import Watch
from lab.http import NoResponse

SECONDS = 20


def test_a_write_is_sent_when_it_is_due_though_others_wait_for_their_answers() -> None:
    last_was_sent = Event()
    began: dict[int, float] = {}

    def write(number: int) -> None:
        began[number] = time.perf_counter()
        if number == 9:
            last_was_sent.set()
        assert last_was_sent.wait(SECONDS)  # a writer that waits for answers never gets there

    sent = paced(100, 10, write)

    assert [each.number for each in sent] == list(range(10))
    assert [each.due - sent[0].due for each in sent] == pytest.approx([n / 100 for n in range(10)])
    assert all(began[each.number] >= each.due for each in sent)
    assert not any(each.failed for each in sent)
    assert sent[0].late >= 0.09  # it waited for the last


def test_what_is_refused_is_counted_and_the_rest_goes_on() -> None:
    def write(number: int) -> None:
        if number % 3 == 0:
            raise NoResponse("busy")

    sent = paced(1_000, 9, write)

    assert [each.number for each in sent if each.failed] == [0, 3, 6]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([0.05, 0.15, 0.25, 0.35], 10),  # each as late as the others
        ([0.30, 0.31, 0.32, 0.33], 10),  # never more than was sent
        ([0.05, 0.25, 0.45, 0.65], 5),  # each later than the one before
    ],
)
def test_the_rate_that_was_reached(answers: list[float], expected: float) -> None:
    sent = [Sent(number, number / 10, at) for number, at in enumerate(answers)]

    assert achieved(sent, 10) == pytest.approx(expected)


def test_a_write_that_failed_is_none() -> None:
    sent = [Sent(number, number / 10, number / 10, failed=number == 1) for number in range(4)]

    assert achieved(sent, 10) == pytest.approx(7.5)


class FakeBlog:
    """Comments become final when they are told to."""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, str]] = {"p": {}, "q": {}}
        self.looked = Event()

    def statuses(self, post: str) -> dict[str, str]:
        self.looked.set()
        return dict(self.posts[post])


def test_a_comment_is_shown_when_its_status_is_final() -> None:
    blog = FakeBlog()
    with Watch(cast("Blog", blog)) as watch:
        blog.posts["p"] = {"1": "pending", "2": "approved"}
        watch.await_("p", "1")
        watch.await_("p", "2")
        watch.await_("q", "3")
        assert blog.looked.wait(SECONDS)
        decided = time.perf_counter()
        blog.posts = {"p": {"1": "rejected", "2": "approved"}, "q": {"3": "approved"}}
        assert watch.wait(SECONDS)

    assert watch.shown.keys() == {"1", "2", "3"}
    assert watch.shown["1"] >= decided
    assert watch.shown["3"] >= decided


def test_what_never_comes_is_not_waited_for_for_ever() -> None:
    with Watch(cast("Blog", FakeBlog())) as watch:
        watch.await_("p", "1")
        assert not watch.wait(0.05)

    assert watch.shown == {}


def test_a_look_that_fails_is_told() -> None:
    class Broken:
        def statuses(self, post: str) -> Any:
            raise NoResponse("down")

    with Watch(cast("Blog", Broken())) as watch:
        watch.await_("p", "1")
        with pytest.raises(NoResponse, match="down"):
            watch.wait(SECONDS)
