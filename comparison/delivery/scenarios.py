"""The scenarios: what fails while comments are written, and when it has settled."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Event

from comparison.delivery.traffic import Halted, Traffic
from comparison.delivery.ways import MODERATION, NEW_SERVICE, WRITER, Way
from lab.errors import LabFailed

CRASH_POLL_SECONDS = 0.01
CRASH_TIMEOUT_SECONDS = 30.0
SETTLED_POLL_SECONDS = 0.03
IDLE_SECONDS = 1.0
"""Without progress for so long, it has settled if it is known that nothing is on its way."""


@dataclass(frozen=True)
class Plan:
    """``comments`` in a scenario, ``later`` after a service was added; at most ``rate`` a second.
    ``kills``: how often a process is killed in one scenario. ``timeout``: after so many seconds
    without progress it has settled. ``at_once``: how many ways run at the same time."""

    comments: int
    later: int
    kills: int
    rate: float
    timeout: float
    at_once: int
    settings: dict[str, str]


@dataclass
class Scene:
    """One way, one post to comment on, in one scenario."""

    way: Way
    post: str
    comments: int
    plan: Plan
    halt: Event

    def traffic(self, allowed: int | None = None) -> Traffic:
        """All comments; only ``allowed`` of them at first."""
        address = f"{self.way.writer}/api/posts/{self.post}/comments/"
        return Traffic(address, self.comments, self.plan.rate, self.halt, allowed)

    def settled(self, reached: Callable[[], int], expected: int) -> float | None:
        """When ``reached()`` was ``expected``; None if it never will be."""
        return settle(reached, expected, self.way.is_idle, self.plan.timeout, self.halt)


@dataclass(frozen=True)
class Played:
    """``faults``: how many happened. ``ended``: when the last one was repaired, on the monotonic
    clock."""

    written: list[str]
    faults: int
    ended: float


def moderation_stopped(scene: Scene) -> Played:
    scene.way.stack.stop(MODERATION)
    with scene.traffic() as traffic:
        pass
    ended = time.monotonic()
    scene.way.stack.start(MODERATION)
    return Played(traffic.written, 1, ended)


def bus_away(scene: Scene) -> Played:
    """From the first quarter of the comments to the third."""
    quarter = scene.comments // 4
    with scene.traffic(2 * quarter) as traffic:
        traffic.wait_for(quarter)
        scene.way.disconnect()
        traffic.allow(3 * quarter)
        traffic.wait_for(3 * quarter)
        scene.way.reconnect()
    return Played(traffic.written, 1, time.monotonic())


def writer_killed(scene: Scene) -> Played:
    return _killed(scene, WRITER)


def moderation_killed(scene: Scene) -> Played:
    return _killed(scene, MODERATION)


def _killed(scene: Scene, service: str) -> Played:
    """Repeatedly, evenly among the comments; restarted at once each time."""
    kills = scene.plan.kills
    stages = [scene.comments * number // (kills + 1) for number in range(1, kills + 2)]
    with scene.traffic(stages[0]) as traffic:
        for done, next_ in pairwise(stages):
            traffic.wait_for(done)
            armed = scene.way.crash_file(service)
            armed.touch()
            traffic.allow(next_)
            _wait_for_crash(armed, scene.halt)
            scene.way.restart(service)
    return Played(traffic.written, kills, time.monotonic())


def added_later(scene: Scene) -> Played:
    """A new service is started, and then a few more comments are written."""
    scene.way.prepare_new_service()
    began = time.monotonic()
    scene.way.stack.start(NEW_SERVICE)
    with scene.traffic() as traffic:
        pass
    return Played(traffic.written, 0, began)


def _wait_for_crash(armed: Path, halt: Event) -> None:
    end = time.monotonic() + CRASH_TIMEOUT_SECONDS
    while armed.exists():
        if halt.wait(CRASH_POLL_SECONDS):
            raise Halted
        if time.monotonic() > end:
            raise LabFailed(f"{armed.stem} did not reach its crash point")


def settle(
    reached: Callable[[], int],
    expected: int,
    is_idle: Callable[[], bool | None],
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
        if rest > timeout or (rest > IDLE_SECONDS and is_idle()):
            return None
        if halt.wait(SETTLED_POLL_SECONDS):
            raise Halted
    return time.monotonic()


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    play: Callable[[Scene], Played]


SCENARIOS = (
    Scenario("moderation-stopped", "moderation was stopped, and started again", moderation_stopped),
    Scenario("bus-away", "the bus, or the broker, was away amid traffic", bus_away),
    Scenario("writer-killed", "the writer was killed after its commit", writer_killed),
    Scenario("moderation-killed", "moderation was killed after its commit", moderation_killed),
)
