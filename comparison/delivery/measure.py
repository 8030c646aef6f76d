"""Measures what becomes of comments, by the way in which events travel, when something fails while
they are written: the scenarios, when all has settled, and what is counted then."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from itertools import chain, count, islice
from threading import Event
from typing import Any

from msgspec.structs import asdict

from comparison.delivery import results
from comparison.delivery.broker import Broker
from comparison.delivery.results import Cell, Counts, Delivery, Later
from comparison.delivery.services import MODERATION, NEW_SERVICE, PENDING, WRITER, crash_file
from comparison.delivery.ways import PORTS, TIMEOUT_SECONDS, WAYS, Records, Way, broker_access
from comparison.lab import Lab, Report
from comparison.results import Named
from lab.errors import LabFailed, wait_until
from lab.http import NoResponse, request
from lab.sandbox import BLOG_SETTINGS, Sandbox, sandbox
from lab.stack import free_port

WRITERS = 8
COMMENTS_PER_SECOND = 60  # at most
REJECTED_EVERY = 10  # every tenth comment is about oranges, which a rule rejects
WRITING_SECONDS, CRASH_SECONDS = 60.0, 30.0  # after them the run fails
RETRY_SECONDS, POLL_SECONDS = 0.02, 0.03
IDLE_SECONDS = 1.0  # without progress, if nothing is known to be on its way: it has settled


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


QUICK = Plan(comments=24, later=6, kills=1, timeout=8, at_once=3, settings={"SWEEP_INTERVAL": "1"})
FULL = Plan(comments=200, later=20, kills=10, timeout=20, at_once=1, settings={})


def measure(lab: Lab, quick: bool, report: Report) -> Delivery:
    plan = QUICK if quick else FULL
    halt = Event()
    with ExitStack() as stack:
        box = stack.enter_context(sandbox(DJANGO_SETTINGS_MODULE=BLOG_SETTINGS, **plan.settings))
        threads = stack.enter_context(ThreadPoolExecutor(plan.at_once))
        stack.callback(halt.set)  # before the threads are waited for
        ports = count(free_port(len(WAYS) * PORTS), PORTS)
        runs = [threads.submit(play, way, box, next(ports), plan, report, halt) for way in WAYS]
        ways, cells, later = zip(*(run.result() for run in runs), strict=True)
    of_ways = list(ways), list(SCENARIOS), list(chain(*cells)), list(later)
    broker = Broker(os.environ).kind
    return Delivery(*of_ways, plan.comments, plan.kills, broker, timeout_s=plan.timeout)


def play(
    kind: type[Way], box: Sandbox, port: int, plan: Plan, report: Report, halt: Event
) -> tuple[results.Way, list[Cell], Later]:
    """All scenarios in one way, one after the other, on the same processes. Everything is counted
    at the very end, so that late events are included."""
    title = kind.title.lower()
    with broker_access(box, kind.name) as access, ExitStack() as stack:
        way = kind(box, port, access)
        stack.callback(way.stack.kill)  # what they hold is no longer needed
        report(f"delivery: {title}, starting its processes")
        roles = {program.service for program in way.stack.plan.programs}
        way.stack.start(*(roles - {NEW_SERVICE}))
        *scenes, last = (Scene(way, post, plan, halt) for post in way.posts)
        played: list[dict[str, Any]] = []
        for (scenario, act), scene in zip(SCENARIOS.items(), scenes, strict=True):
            report(f"delivery: {title}, {scenario.title}")
            settled = scene.decided(since=act(scene))
            found = {"written": len(scene.written), "faults": scene.faults, "settled_s": settled}
            played.append({"way": way.name, "scenario": scenario.name, **found})
        report(f"delivery: {title}, a service is added")
        settled = add_service(last)
        # A message may be redelivered a little later.
        last.settled(lambda: not way.backlog(), True, time.monotonic())
        records = way.records()
    *before, new = (count_comments(records, post) for post in way.posts)
    past, got = sum(each.saved for each in before), sum(each.known for each in before)
    of_new = {"new": new.saved, "new_got": new.known}
    later = Later(way=way.name, past=past, past_got=got, settled_s=settled, **of_new)
    cells = [Cell(**found, **asdict(counts)) for found, counts in zip(played, before, strict=True)]
    return results.Way(way.name, way.title, waiting=records.waiting), cells, later


def count_comments(records: Records, post: str) -> Counts:
    """On this post."""
    statuses = {id: status for id, (its, status) in records.comments.items() if its == post}
    decided, applied = Counter(records.decided), Counter(records.applied)
    pending = [id for id, status in statuses.items() if status == PENDING]
    return Counts(
        saved=len(statuses),
        decided=len(statuses) - len(pending),
        pending=len(pending),
        lost=sum(not decided[id] for id in statuses),
        lost_back=sum(decided[id] > 0 for id in pending),
        twice=sum(decided[id] > 1 for id in statuses),
        twice_back=sum(applied[id] > 1 for id in statuses),
        doubled=sum(decided[id] > 1 or applied[id] > 1 for id in statuses),
        known=records.known.count(post),
    )


class Halted(Exception):
    """The run is being ended."""


@dataclass
class Scene:
    """One way, and one post to comment on. ``written`` are the ids of the comments whose response
    was 201; after any other response a comment is sent again."""

    way: Way
    post: str
    plan: Plan
    halt: Event
    faults: int = 1
    written: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def writing(self, comments: int) -> Iterator[None]:
        """So many more comments are written during the context, and all are when it ends. Raises
        LabFailed if that takes too long, and Halted."""
        began = time.monotonic()
        end = began + comments / COMMENTS_PER_SECOND + WRITING_SECONDS
        with ThreadPoolExecutor(WRITERS) as people:
            sent = [
                people.submit(self._write, number, began + place / COMMENTS_PER_SECOND, end)
                for place, number in enumerate(islice(self._numbers, comments))
            ]
            yield
        for each in sent:
            each.result()

    def write(self, comments: int) -> None:
        with self.writing(comments):
            pass

    def _write(self, number: int, due: float, end: float) -> None:
        url = f"{self.way.stack.addresses[WRITER]}/api/posts/{self.post}/comments/"
        kind = "An orange" if number % REJECTED_EVERY == 0 else "A kind word"
        comment = {"author": "Ann", "content": f"{kind}, {number}"}
        self._wait(due - time.monotonic())
        while True:
            with suppress(NoResponse):
                response = request("POST", url, comment, timeout=TIMEOUT_SECONDS)
                if response.status == HTTPStatus.CREATED:
                    self.written.append(response.data["id"])
                    return
            if time.monotonic() > end:
                raise LabFailed(f"only {len(self.written)} comments could be written")
            self._wait(RETRY_SECONDS)

    def settled(self, reached: Callable[[], int], expected: int, since: float) -> float | None:
        """Seconds until ``reached()`` is ``expected``; None after the plan's timeout without
        progress, or earlier if nothing is on its way. Raises Halted."""
        last, moved = -1, time.monotonic()
        while (found := reached()) < expected:
            if found != last:
                last, moved = found, time.monotonic()
            rest = time.monotonic() - moved
            if rest > self.plan.timeout or (rest > IDLE_SECONDS and self.way.backlog() == 0):
                return None
            self._wait(POLL_SECONDS)
        return round(max(0.0, time.monotonic() - since), 2)

    def decided(self, since: float) -> float | None:
        """Seconds; None if some comments are never decided. Raises LabFailed if one that was
        acknowledged is not saved."""
        saved = self.way.statuses(self.post)
        if missing := set(self.written) - saved.keys():
            raise LabFailed(f"{self.way.name}: {len(missing)} comments got a 201 and are not saved")

        def decided() -> int:
            return sum(each != PENDING for each in self.way.statuses(self.post).values())

        return self.settled(decided, len(saved), since)

    def _wait(self, seconds: float) -> None:
        if self.halt.wait(max(0.0, seconds)):
            raise Halted


def moderation_stopped(scene: Scene) -> float:
    scene.way.stack.stop(MODERATION)
    scene.write(scene.plan.comments)
    ended = time.monotonic()
    scene.way.stack.start(MODERATION)
    return ended


def bus_away(scene: Scene) -> float:
    """From the first quarter of the comments to the third."""
    quarter = scene.plan.comments // 4
    scene.write(quarter)
    with scene.writing(quarter):
        scene.way.access.disconnect()
    scene.write(quarter)
    scene.way.access.reconnect()
    scene.write(scene.plan.comments - 3 * quarter)
    return time.monotonic()


def killed(service: str, scene: Scene) -> float:
    """Repeatedly, evenly among the comments; restarted at once each time."""
    stack, halt, scene.faults = scene.way.stack, scene.halt, scene.plan.kills
    armed = crash_file(stack.box.paths, stack.plan.of(service)[0].name)
    problem = f"{armed.stem} did not reach its crash point"
    between = scene.plan.comments // (scene.faults + 1)
    scene.write(scene.plan.comments - scene.faults * between)
    for _ in range(scene.faults):
        armed.touch()
        with scene.writing(between):
            wait_until(lambda: halt.is_set() or not armed.exists(), CRASH_SECONDS, problem)
            stack.kill(service)  # what is left of it
            stack.start(service)
    return time.monotonic()


def add_service(scene: Scene) -> float | None:
    """A new service is started, and then a few more comments are written. Seconds until it knows
    all comments; None if it never does."""
    way = scene.way
    way.prepare_new_service()
    began = time.monotonic()
    way.stack.start(NEW_SERVICE)
    scene.write(scene.plan.later)
    expected = sum(len(way.statuses(post)) for post in way.posts)
    return scene.settled(way.known, expected, began)


SCENARIOS: dict[Named, Callable[[Scene], float]] = {
    Named("moderation-stopped", "moderation was stopped, and started again"): moderation_stopped,
    Named("bus-away", "the bus, or the broker, was away amid traffic"): bus_away,
    Named("writer-killed", "the writer was killed after its commit"): partial(killed, WRITER),
    Named("moderation-killed", "moderation was killed after its commit"): partial(
        killed, MODERATION
    ),
}
"""Each returns when its last fault was repaired or comment written (monotonic clock)."""
