"""Looks at the posts again and again until all comments are shown with their final status."""

import time
from collections import defaultdict
from threading import Condition, Thread
from types import TracebackType
from typing import Self

from comparison.cost.blog import Blog, is_final

LOOK_EVERY = 0.01
"""Seconds between looks, which are work for the blog as well."""


class Watch:
    """As a context: a thread that looks while comments are awaited. ``shown``: when each was
    first seen with its final status, on the performance counter, by its id."""

    def __init__(self, blog: Blog) -> None:
        self._blog = blog
        self._awaited: dict[str, set[str]] = defaultdict(set)
        self._changed = Condition()
        self._ended = False
        self._error: Exception | None = None
        self.shown: dict[str, float] = {}

    def await_(self, post: str, comment: str) -> None:
        """It has been answered: from now on it is looked for."""
        with self._changed:
            self._awaited[post].add(comment)
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Whether all that was awaited was shown within so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._awaited or self._error, seconds)
            if self._error:
                raise self._error
            return not self._awaited

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
                    self._look(post)
                time.sleep(LOOK_EVERY)
        except Exception as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _next(self) -> list[str]:
        """The posts that have awaited comments, as soon as there are any; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._awaited or self._ended)
            return [] if self._ended else list(self._awaited)

    def _look(self, post: str) -> None:
        statuses = self._blog.statuses(post)
        now = time.perf_counter()
        with self._changed:
            found = {each for each in self._awaited[post] if is_final(statuses.get(each))}
            self.shown.update(dict.fromkeys(found, now))
            self._awaited[post] -= found
            if not self._awaited[post]:
                del self._awaited[post]
                self._changed.notify_all()
