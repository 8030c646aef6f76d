"""Measures what becomes of comments, by the way in which events travel, when something fails."""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from threading import Event
from typing import Any

from msgspec.structs import asdict

from comparison.delivery.broker_access import broker_access, kind_of_broker
from comparison.delivery.results import Cell, Counts, Delivery, Later
from comparison.delivery.results import Way as WayResults
from comparison.delivery.scenarios import SCENARIOS, Plan, Scene
from comparison.delivery.services import NEW_SERVICE
from comparison.delivery.ways import PORTS, WAYS, Records, Way
from comparison.lab import Lab, Report
from lab.errors import LabFailed
from lab.sandbox import BLOG_SETTINGS, Sandbox, sandbox
from lab.stack import free_port

PENDING = "pending"
QUICK = Plan(comments=24, later=6, kills=1, timeout=8, at_once=3, settings={"SWEEP_INTERVAL": "1"})
FULL = Plan(comments=200, later=20, kills=10, timeout=20, at_once=1, settings={})


def measure(lab: Lab, quick: bool, report: Report) -> Delivery:
    plan = QUICK if quick else FULL
    halt = Event()
    with ExitStack() as stack:
        variables = {"DJANGO_SETTINGS_MODULE": BLOG_SETTINGS, **plan.settings}
        box = stack.enter_context(sandbox(**variables))
        first_port = free_port(len(WAYS) * PORTS)
        threads = stack.enter_context(ThreadPoolExecutor(plan.at_once))
        stack.callback(halt.set)  # before the threads are waited for
        runs = [
            threads.submit(play, way, box, first_port + number * PORTS, plan, report, halt)
            for number, way in enumerate(WAYS)
        ]
        ways, cells, later = zip(*(run.result() for run in runs), strict=True)
    return Delivery(
        broker=kind_of_broker(os.environ),
        comments=plan.comments,
        kills=plan.kills,
        timeout_s=plan.timeout,
        ways=list(ways),
        scenarios=list(SCENARIOS),
        cells=[cell for each in cells for cell in each],
        later=list(later),
    )


def play(
    kind: type[Way], box: Sandbox, port: int, plan: Plan, report: Report, halt: Event
) -> tuple[WayResults, list[Cell], Later]:
    """All scenarios in one way, one after the other, on the same processes. Everything is counted
    at the very end, so that late events are included."""
    with (
        broker_access(box, os.environ, kind.name) as access,
        closing(kind(box, port, access)) as way,
    ):
        title = way.title.lower()
        report(f"delivery: {title}, starting its processes")
        way.start()
        played: list[dict[str, Any]] = []
        for (scenario, act), post in zip(SCENARIOS.items(), way.posts[:-1], strict=True):
            report(f"delivery: {title}, {scenario.title}")
            scene = Scene(way, post, plan, halt)
            faults, ended = act(scene)
            played.append(
                {
                    "way": way.name,
                    "scenario": scenario.name,
                    "settled_s": _until_decided(scene, ended),
                    "written": len(scene.traffic.written),
                    "faults": faults,
                }
            )
        report(f"delivery: {title}, a service is added")
        scene = Scene(way, way.posts[-1], plan, halt)
        settled = _add_service(scene)
        # A message may be redelivered a little later.
        scene.settled(lambda: not way.backlog(), True, time.monotonic())
        records = way.records()
    *before, last = (count_comments(records, post) for post in way.posts)
    later = Later(
        way=way.name,
        past=sum(counts.saved for counts in before),
        past_got=sum(counts.known for counts in before),
        new=last.saved,
        new_got=last.known,
        settled_s=settled,
    )
    cells = [Cell(**each, **asdict(counts)) for each, counts in zip(played, before, strict=True)]
    return WayResults(way.name, way.title, waiting=records.waiting), cells, later


def _until_decided(scene: Scene, since: float) -> float | None:
    """Seconds; None if some comments are never decided."""

    def decided() -> int:
        now = scene.way.statuses(scene.post).values()
        return sum(status != PENDING for status in now)

    saved = scene.way.statuses(scene.post)
    if missing := set(scene.traffic.written) - saved.keys():
        raise LabFailed(f"{scene.way.name}: {len(missing)} comments got a 201 and are not saved")
    return scene.settled(decided, len(saved), since)


def _add_service(scene: Scene) -> float | None:
    """A new service is started, and then a few more comments are written. Seconds until it knows
    all comments; None if it never does."""
    way = scene.way
    way.prepare_new_service()
    began = time.monotonic()
    way.stack.start(NEW_SERVICE)
    scene.traffic.write(scene.plan.later)
    expected = sum(len(way.statuses(post)) for post in way.posts)
    return scene.settled(way.known, expected, began)


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
