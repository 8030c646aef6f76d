"""Work that waits for servers outside is done in a thread of its own, by workers alone."""

import threading

from web import background
from web.background import Background

SECONDS = 60.0


def test_what_hangs_holds_up_nothing_and_is_not_begun_twice() -> None:
    begun, go_on, done, calls = threading.Event(), threading.Event(), threading.Event(), list[int]()

    def work() -> None:
        calls.append(1)
        begun.set()
        assert go_on.wait(SECONDS)
        if len(calls) == 2:
            done.set()

    own = Background("x", "work", work)
    own.start()
    assert begun.wait(SECONDS)
    own.start()
    own.start()  # both are one more call
    assert calls == [1]
    go_on.set()

    assert done.wait(SECONDS)


def test_an_error_is_logged_and_the_next_sweep_comes_again() -> None:
    failed, done = threading.Event(), threading.Event()

    def work() -> None:
        if not failed.is_set():
            failed.set()
            raise ValueError
        done.set()

    own = Background("x", "work", work)
    own.start()
    assert failed.wait(SECONDS)
    own.start()

    assert done.wait(SECONDS)


def test_only_a_worker_of_the_service_is_woken() -> None:
    called = threading.Event()
    background.in_background("x", "a test's", called.set)
    try:
        background.start("y")
        background.wake("a test's")
        assert not background._all["a test's"].is_worker
        assert not called.is_set()

        background.start("x")
        assert called.wait(SECONDS)
        called.clear()
        background.wake("a test's")
        assert called.wait(SECONDS)
    finally:
        del background._all["a test's"]
