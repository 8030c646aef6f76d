"""How old the page is, by how many comments are written a second."""

import time
from collections import defaultdict
from collections.abc import Sequence
from threading import Condition, Thread
from types import TracebackType
from typing import Any, Self

from comparison.cost.blog import COMMENTS_PER_POST, Blog, is_final
from comparison.cost.results import Stale
from comparison.cost.running import Running, Work
from lab.load import Sent, open_loop
from lab.statistics import summary

POLL_SECONDS = 0.01
"""Between looks at the posts, which are work for the blog as well."""

TIMEOUT_SECONDS = 20.0
"""After the last response, for all comments to be shown."""

REACHED = 0.95
"""This share of a rate counts as that rate."""


def staleness(running: Running, rate: float, seconds: float) -> Stale:
    """Writes comments at this rate for so long, and polls until all are shown."""
    count = max(2, round(rate * seconds))
    blog, comments = running.blog, {}
    posts = blog.posts_for(count)
    work = Work(running.processes)
    with Observer(blog) as observer:

        def write(number: int) -> None:
            post = posts[number // COMMENTS_PER_POST]
            comments[number] = blog.comment(post, number)
            observer.expect(post, comments[number])

        sent = open_loop(write, count, rate)
        share = work.share()
        kept_up = observer.wait(TIMEOUT_SECONDS)
    written = [each for each in sent if not each.failed]
    shown = [(each, at) for each in written if (at := observer.shown.get(comments[each.number]))]
    reached = achieved(sent, rate)
    return Stale(
        column=running.name,
        rate=rate,
        sent=count,
        failed=count - len(written),
        achieved=round(reached, 1),
        reached=reached >= REACHED * rate,
        shown=len(shown),
        kept_up=kept_up,
        cpu_percent=round(share * 100, 1),
        **_percentiles("", [at - each.done for each, at in shown]),
        **_percentiles("since_due_", [at - each.due for each, at in shown]),
        **_percentiles("write_", [each.latency for each in written]),
    )


def _percentiles(prefix: str, seconds: list[float]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in summary(seconds, 50, 95).items()}


def achieved(sent: Sequence[Sent], rate: float) -> float:
    """Successful writes a second, from the first response to the last: ``rate`` where each takes
    equally long; never more."""
    responses = sorted(each.done for each in sent)
    took = max(responses[-1] - responses[0], (len(sent) - 1) / rate)
    written = sum(not each.failed for each in sent)
    return written / len(sent) * (len(sent) - 1) / took


class Observer:
    """As a context: a thread that polls posts while comments are expected. ``shown``: when each
    was first seen with its final status, on the performance counter, by its id."""

    def __init__(self, blog: Blog) -> None:
        self._blog = blog
        self._expected: dict[str, set[str]] = defaultdict(set)
        self._changed = Condition()
        self._ended = False
        self._error: Exception | None = None
        self.shown: dict[str, float] = {}

    def expect(self, post: str, comment: str) -> None:
        """The comment is saved: from now on it is polled."""
        with self._changed:
            self._expected[post].add(comment)
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Whether all expected comments were shown within so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._expected or self._error, seconds)
            if self._error:
                raise self._error
            return not self._expected

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        try:
            while posts := self._next():
                for post in posts:
                    self._poll(post)
                time.sleep(POLL_SECONDS)
        except Exception as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _next(self) -> list[str]:
        """The posts with expected comments, as soon as there are any; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._expected or self._ended)
            return [] if self._ended else list(self._expected)

    def _poll(self, post: str) -> None:
        statuses = self._blog.statuses(post)
        now = time.perf_counter()
        with self._changed:
            found = {each for each in self._expected[post] if is_final(statuses.get(each))}
            self.shown.update(dict.fromkeys(found, now))
            self._expected[post] -= found
            if not self._expected[post]:
                del self._expected[post]
                self._changed.notify_all()
