"""What happens while comments are written, and how it ends."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Event

from comparison.delivery.settling import settle
from comparison.delivery.traffic import Halted, Traffic
from comparison.delivery.way import MODERATION, NEWCOMER, WRITER, Way
from lab.errors import LabFailed

STEP = 0.01
PATIENCE = 30.0


@dataclass(frozen=True)
class Plan:
    """``comments`` in a scenario, ``later`` when a service was added; at most ``rate`` a second.
    ``kills``: how often a process is killed in one. ``patience``: seconds that nothing has to move
    until it never will. ``at_once``: how many ways are played at the same time."""

    comments: int
    later: int
    kills: int
    rate: float
    patience: float
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
        """All comments; at first only so many, where that is given."""
        address = f"{self.way.writer}/api/posts/{self.post}/comments/"
        return Traffic(address, self.comments, self.plan.rate, self.halt, allowed)

    def settled(self, reached: Callable[[], int], expected: int) -> float | None:
        """When ``reached()`` was ``expected``; None where it never will be."""
        return settle(reached, expected, self.way.is_idle, self.plan.patience, self.halt)


@dataclass(frozen=True)
class Played:
    """``struck``: how often something was really broken. ``ended``: when the last of it was whole
    again, on the monotonic clock."""

    written: list[str]
    struck: int
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
        scene.way.cut()
        traffic.allow(3 * quarter)
        traffic.wait_for(3 * quarter)
        scene.way.mend()
    return Played(traffic.written, 1, time.monotonic())


def writer_killed(scene: Scene) -> Played:
    return _killed(scene, WRITER)


def moderation_killed(scene: Scene) -> Played:
    return _killed(scene, MODERATION)


def _killed(scene: Scene, service: str) -> Played:
    """Again and again, evenly among the comments; and started again at once each time."""
    kills = scene.plan.kills
    stages = [scene.comments * number // (kills + 1) for number in range(1, kills + 2)]
    with scene.traffic(stages[0]) as traffic:
        for done, next_ in pairwise(stages):
            traffic.wait_for(done)
            trap = scene.way.trap(service)
            trap.touch()
            traffic.allow(next_)
            _await_sprung(trap, scene.halt)
            scene.way.restart(service)
    return Played(traffic.written, kills, time.monotonic())


def added_later(scene: Scene) -> Played:
    """A service that was not there is started, and then there are a few more comments."""
    scene.way.make_newcomer()
    began = time.monotonic()
    scene.way.stack.start(NEWCOMER)
    with scene.traffic() as traffic:
        pass
    return Played(traffic.written, 0, began)


def _await_sprung(trap: Path, halt: Event) -> None:
    """Returns when the process has died at its mortal place."""
    end = time.monotonic() + PATIENCE
    while trap.exists():
        if halt.wait(STEP):
            raise Halted
        if time.monotonic() > end:
            raise LabFailed(f"{trap.stem} does not come to where it should be killed")


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
