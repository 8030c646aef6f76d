"""Threads for what an event loop must not wait for. Each lane has threads of its own, so that no
work waits for another lane's."""

import asyncio
import contextlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


class Late(Exception):
    """No result in time. ``begun``: a thread has begun with it, and may complete it."""

    def __init__(self, seconds: float, *, begun: bool) -> None:
        super().__init__(
            f"{'it took' if begun else 'no thread was free for'} {seconds:.1f} seconds"
        )
        self.begun = begun


class Lane:
    """``threads`` threads, which run functions in the order of ``run``. They end with the process,
    also one that hangs."""

    def __init__(self, name: str, threads: int) -> None:
        self._queue: SimpleQueue[_Work] = SimpleQueue()
        for number in range(1, threads + 1):
            Thread(target=self._serve, name=f"{name}-{number}", daemon=True).start()

    @property
    def waiting(self) -> int:
        """How many functions no thread has begun with."""
        return self._queue.qsize()

    async def run(self, function: Callable[[], Result], seconds: float = 0) -> Result:
        """What ``function`` returns or raises. With ``seconds``, raises Late if no thread was free
        for half of them, or if ``function`` does not return before they have passed."""
        work = _Work(function, asyncio.get_running_loop(), seconds)
        self._queue.put(work)
        result: Result = await work.result
        return result

    def _serve(self) -> None:
        while True:
            self._queue.get().run()


class _Work:
    """A function on its way. Who gets the lock begins with it: a thread, or a timer to end it."""

    def __init__(
        self, function: Callable[[], Any], loop: asyncio.AbstractEventLoop, seconds: float
    ) -> None:
        self.result: asyncio.Future[Any] = loop.create_future()
        self._function, self._loop, self._seconds = function, loop, seconds
        self._begun = Lock()
        self._timer = loop.call_later(seconds / 2, self._expire) if seconds else None

    def run(self) -> None:
        """In a thread."""
        if not self._begun.acquire(blocking=False):
            return
        value, error = None, None
        try:
            value = self._function()
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
            self._loop.call_soon_threadsafe(self._end, value, error)

    def _expire(self) -> None:
        """On the event loop, after half of the time."""
        half = self._seconds / 2
        if self._begun.acquire(blocking=False):
            self._end(None, Late(half, begun=False))
        else:
            late = Late(self._seconds, begun=True)
            self._timer = self._loop.call_later(half, self._end, None, late)

    def _end(self, value: Any, error: BaseException | None) -> None:
        """On the event loop."""
        if self._timer:
            self._timer.cancel()
        if self.result.done():  # it was late, or the server has stopped
            return
        if error:
            self.result.set_exception(error)
        else:
            self.result.set_result(value)
