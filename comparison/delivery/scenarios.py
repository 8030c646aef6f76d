"""The scenarios: what fails while comments are written, and when it has settled."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import count, islice, pairwise
from threading import Event

from comparison.delivery.crash import crash_file
from comparison.delivery.services import MODERATION, REQUEST_TIMEOUT_SECONDS, WRITER
from comparison.delivery.ways import Way
from comparison.results import Named
from lab.errors import LabFailed
from lab.http import NoResponse, request

WRITERS = 8
RATE = 60
"""Comments a second, at most."""
REJECTED_EVERY = 10
"""Every tenth comment is about oranges, which a rule rejects."""
RETRY_SECONDS = 0.02
WRITING_TIMEOUT_SECONDS = 60.0
CRASH_TIMEOUT_SECONDS = 30.0
SETTLED_POLL_SECONDS = 0.03
IDLE_SECONDS = 1.0
"""Without progress for so long, it has settled if it is known that nothing is on its way."""


@dataclass(frozen=True)
class Plan:
    """``comments`` in a scenario, ``later`` after a service was added. ``kills``: how often a
    process is killed in one scenario. ``timeout``: after so many seconds without progress it has
    settled. ``at_once``: how many ways run at the same time. ``settings`` are the blog's."""

    comments: int
    later: int
    kills: int
    timeout: float
    at_once: int
    settings: dict[str, str]


class Halted(Exception):
    """The run is being ended."""


class Traffic:
    """Comments to ``address``, the URL of the post's comments. A comment whose response is not 201
    is not counted in ``written``, and is sent again."""

    def __init__(self, address: str, halt: Event) -> None:
        self.address, self.halt = address, halt
        self.written: list[str] = []
        self._numbers = count()

    @contextmanager
    def writing(self, comments: int) -> Iterator[None]:
        """So many more comments are written during the context, and all are when it ends. Raises
        LabFailed if that takes too long, and Halted."""
        began = time.monotonic()
        end = began + comments / RATE + WRITING_TIMEOUT_SECONDS
        with ThreadPoolExecutor(WRITERS) as people:
            sent = [
                people.submit(self._write, number, began + place / RATE, end)
                for place, number in enumerate(islice(self._numbers, comments))
            ]
            yield
        for each in sent:
            each.result()

    def write(self, comments: int) -> None:
        with self.writing(comments):
            pass

    def _write(self, number: int, due: float, end: float) -> None:
        kind = "An orange" if number % REJECTED_EVERY == 0 else "A kind word"
        comment = {"author": "Ann", "content": f"{kind}, {number}"}
        wait = due - time.monotonic()
        while not self.halt.wait(max(0.0, wait)):
            with suppress(NoResponse):
                response = request("POST", self.address, comment, timeout=REQUEST_TIMEOUT_SECONDS)
                if response.status == HTTPStatus.CREATED:
                    self.written.append(response.data["id"])
                    return
            if time.monotonic() > end:
                raise LabFailed(f"only {len(self.written)} comments could be written")
            wait = RETRY_SECONDS
        raise Halted


class Scene:
    """One way, and one post to comment on."""

    def __init__(self, way: Way, post: str, plan: Plan, halt: Event) -> None:
        self.way, self.post, self.plan, self.halt = way, post, plan, halt
        writer = way.stack.addresses[WRITER]
        self.traffic = Traffic(f"{writer}/api/posts/{post}/comments/", halt)

    def settled(self, reached: Callable[[], int], expected: int, since: float) -> float | None:
        """Seconds until ``reached()`` is ``expected``; None if it never will be."""
        at = settle(reached, expected, self.way.backlog, self.plan.timeout, self.halt)
        return None if at is None else round(max(0.0, at - since), 2)


Played = tuple[int, float]
"""How many faults there were, and when the last one was repaired or the last comment written, on
the monotonic clock."""


def moderation_stopped(scene: Scene) -> Played:
    scene.way.stack.stop(MODERATION)
    scene.traffic.write(scene.plan.comments)
    ended = time.monotonic()
    scene.way.stack.start(MODERATION)
    return 1, ended


def bus_away(scene: Scene) -> Played:
    """From the first quarter of the comments to the third."""
    quarter = scene.plan.comments // 4
    scene.traffic.write(quarter)
    with scene.traffic.writing(quarter):
        scene.way.access.disconnect()
    scene.traffic.write(quarter)
    scene.way.access.reconnect()
    scene.traffic.write(scene.plan.comments - 3 * quarter)
    return 1, time.monotonic()


def killed(service: str, scene: Scene) -> Played:
    """Repeatedly, evenly among the comments; restarted at once each time."""
    stack, kills = scene.way.stack, scene.plan.kills
    armed = crash_file(scene.way.box.paths, stack.plan.of(service)[0].name)

    def has_crashed() -> bool:
        return not armed.exists()

    marks = [scene.plan.comments * number // (kills + 1) for number in range(kills + 2)]
    first, *others = (after - before for before, after in pairwise(marks))
    scene.traffic.write(first)
    for comments in others:
        armed.touch()
        with scene.traffic.writing(comments):
            if settle(has_crashed, True, lambda: None, CRASH_TIMEOUT_SECONDS, scene.halt) is None:
                raise LabFailed(f"{armed.stem} did not reach its crash point")
            stack.kill(service)  # what is left of it
            stack.start(service)
    return kills, time.monotonic()


def settle(
    reached: Callable[[], int],
    expected: int,
    backlog: Callable[[], int | None],
    timeout: float,
    halt: Event,
) -> float | None:
    """Waits until ``reached()`` is ``expected``. Returns when that was, on the monotonic clock;
    None after ``timeout`` seconds without progress, or earlier if nothing is on its way. Raises
    Halted."""
    last, moved = -1, time.monotonic()
    while (count := reached()) < expected:
        now = time.monotonic()
        if count != last:
            last, moved = count, now
        rest = now - moved
        if rest > timeout or (rest > IDLE_SECONDS and backlog() == 0):
            return None
        if halt.wait(SETTLED_POLL_SECONDS):
            raise Halted
    return time.monotonic()


SCENARIOS: dict[Named, Callable[[Scene], Played]] = {
    Named("moderation-stopped", "moderation was stopped, and started again"): moderation_stopped,
    Named("bus-away", "the bus, or the broker, was away amid traffic"): bus_away,
    Named("writer-killed", "the writer was killed after its commit"): partial(killed, WRITER),
    Named("moderation-killed", "moderation was killed after its commit"): partial(
        killed, MODERATION
    ),
}
