"""The scenarios: what fails while comments are written, and when it has settled."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import NamedTuple

from comparison.delivery.crash import crash_file
from comparison.delivery.traffic import Halted, Traffic
from comparison.delivery.ways import MODERATION, WRITER, Way
from lab.errors import LabFailed

CRASH_POLL_SECONDS = 0.01
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


class Scene:
    """One way, and one post to comment on."""

    def __init__(self, way: Way, post: str, plan: Plan, halt: Event) -> None:
        self.way, self.post, self.plan, self.halt = way, post, plan, halt
        writer = way.stack.addresses[WRITER]
        self.traffic = Traffic(f"{writer}/api/posts/{post}/comments/", halt)

    def settled(self, reached: Callable[[], int], expected: int, since: float) -> float | None:
        """Seconds until ``reached()`` is ``expected``; None if it never will be."""
        at = settle(reached, expected, self.way.is_idle, self.plan.timeout, self.halt)
        return None if at is None else round(max(0.0, at - since), 2)


class Played(NamedTuple):
    """``faults``: how many happened. ``ended``: when the last one was repaired, or the last comment
    was written, on the monotonic clock."""

    faults: int
    ended: float


def moderation_stopped(scene: Scene) -> Played:
    scene.way.stack.stop(MODERATION)
    scene.traffic.write(scene.plan.comments)
    ended = time.monotonic()
    scene.way.stack.start(MODERATION)
    return Played(1, ended)


def bus_away(scene: Scene) -> Played:
    """From the first quarter of the comments to the third."""
    quarter = scene.plan.comments // 4
    scene.traffic.write(quarter)
    with scene.traffic.writing(quarter):
        scene.way.access.disconnect()
    scene.traffic.write(quarter)
    scene.way.access.reconnect()
    scene.traffic.write(scene.plan.comments - 3 * quarter)
    return Played(1, time.monotonic())


def killed(service: str, scene: Scene) -> Played:
    """Repeatedly, evenly among the comments; restarted at once each time."""
    stack, kills = scene.way.stack, scene.plan.kills
    armed = crash_file(scene.way.box.paths, stack.plan.of(service)[0].name)
    marks = [scene.plan.comments * number // (kills + 1) for number in range(kills + 2)]
    first, *others = (after - before for before, after in pairwise(marks))
    scene.traffic.write(first)
    for comments in others:
        armed.touch()
        with scene.traffic.writing(comments):
            _wait_for_crash(armed, scene.halt)
            stack.kill(service)  # what is left of it
            stack.start(service)
    return Played(kills, time.monotonic())


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


class Scenario(NamedTuple):
    name: str
    title: str
    play: Callable[[Scene], Played]


SCENARIOS = (
    Scenario("moderation-stopped", "moderation was stopped, and started again", moderation_stopped),
    Scenario("bus-away", "the bus, or the broker, was away amid traffic", bus_away),
    Scenario("writer-killed", "the writer was killed after its commit", partial(killed, WRITER)),
    Scenario(
        "moderation-killed",
        "moderation was killed after its commit",
        partial(killed, MODERATION),
    ),
)
