"""Measures what becomes of comments, by the way in which events travel, when something fails."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from threading import Event
from typing import NamedTuple

import msgspec

from comparison.delivery.broker_access import BrokerAccess, broker_access, kind_of_broker
from comparison.delivery.results import PENDING, Cell, Counts, Delivery, Later
from comparison.delivery.results import Way as WayResults
from comparison.delivery.scenarios import SCENARIOS, Plan, Played, Scenario, Scene, added_later
from comparison.delivery.ways import WAYS, BrokerWay, BusWay, StoreWay, Way
from comparison.lab import Lab
from comparison.part import Report
from comparison.results import Named
from lab.errors import LabFailed
from lab.sandbox import BLOG_SETTINGS, Sandbox
from lab.stack import free_port

POSTS = len(SCENARIOS) + 1
PORTS = 4  # of each way
METHOD = (
    "In each way comments is one service and moderation another, each with processes and a "
    "database of its own. Eight people write comments over HTTP; moderation decides by the blog's "
    "own rules, and comments has to learn of the decision. What became of each comment is counted "
    "in the databases when nothing moves any more.",
    "The bus is a process that POSTs each event to every subscriber once, as the article's first "
    "one does. A service POSTs an event after its commit; if there is no response, it goes on.",
    "The broker keeps a durable queue for each service. A service publishes after its commit, "
    "with three retries within half a second; then it logs the failure, and goes on. A message is "
    "acknowledged when its effect is committed and what follows is published; if the consumer "
    "dies before, or the broker is away, it is redelivered. Nobody keeps a list of what was "
    "handled.",
    "The event store is the blog as it is, with its workers: an outbox in the transaction, a "
    "relay after it, consumers with checkpoints, and messages that carry nothing.",
    "If no other broker is configured, it is folders of files and has no process that could be "
    "killed: so for the broker and the store, “away” means that no process can reach it, while "
    "its content stays. For the way with the broker alone, the blog's broker of files was given "
    "what a durable one has: a message that was not acknowledged is redelivered.",
    "A process kills itself with SIGKILL at one precise place: the writer, when its transaction "
    "has committed and it would publish the event; moderation likewise, but with the broker alone "
    "when it has also published, before it acknowledges. It is restarted at once, as a supervisor "
    "would.",
    "A comment is handled twice if the same event took effect twice: this is counted in a table "
    "that is only added to, and in the blog by the events that it has published. Handling this "
    "comment twice does no harm; a counter or a mail would be wrong.",
    "Settled is the time from the end of the fault, or from the last comment, until all are "
    "decided; the start of processes is part of it. Pending for ever is what is undecided when "
    "nothing is on its way, or nothing has moved for the timeout.",
)

QUICK = Plan(
    comments=24, later=6, kills=1, rate=60, timeout=8, at_once=3, settings={"SWEEP_INTERVAL": "1"}
)
FULL = Plan(comments=200, later=20, kills=10, rate=60, timeout=20, at_once=1, settings={})


def measure(lab: Lab, quick: bool, report: Report) -> Delivery:
    plan = QUICK if quick else FULL
    halt = Event()
    with ExitStack() as stack:
        box = stack.enter_context(
            lab.sandbox(DJANGO_SETTINGS_MODULE=BLOG_SETTINGS, **plan.settings)
        )
        accesses = [
            stack.enter_context(broker_access(box, os.environ, name))
            for name in ("alone", "nudges")
        ]
        threads = stack.enter_context(ThreadPoolExecutor(plan.at_once))
        stack.callback(halt.set)  # before the threads are waited for
        runs = [threads.submit(play, make, plan, report, halt) for make in makers(box, *accesses)]
        found = [run.result() for run in runs]
    return Delivery(
        method=list(METHOD),
        broker=kind_of_broker(os.environ),
        comments=plan.comments,
        kills=plan.kills,
        timeout_s=plan.timeout,
        ways=[
            WayResults(way.name, way.title, waiting=each.waiting)
            for way, each in zip(WAYS, found, strict=True)
        ],
        scenarios=[Named(scenario.name, scenario.title) for scenario in SCENARIOS],
        cells=[cell for each in found for cell in each.cells],
        later=[each.later for each in found],
    )


def makers(box: Sandbox, alone: BrokerAccess, nudges: BrokerAccess) -> list[Callable[[], Way]]:
    """One for each way, in their order."""
    port = free_port(3 * PORTS)
    return [
        partial(BusWay, box, port, POSTS),
        partial(BrokerWay, box, port + PORTS, POSTS, alone),
        partial(StoreWay, box, port + 2 * PORTS, POSTS, nudges),
    ]


class Found(NamedTuple):
    """``waiting``: events that are still on their way, at the very end."""

    waiting: int
    cells: list[Cell]
    later: Later


def play(make: Callable[[], Way], plan: Plan, report: Report, halt: Event) -> Found:
    """All scenarios in one way, one after the other, on the same processes. Everything is counted
    at the very end, so that late events are included."""
    with closing(make()) as way:
        report(f"delivery: {way.title.lower()}, starting its processes")
        way.start()
        settled = []
        for scenario, post in zip(SCENARIOS, way.posts, strict=False):
            report(f"delivery: {way.title.lower()}, {scenario.title}")
            scene = Scene(way, post, plan.comments, plan, halt)
            played = scenario.play(scene)
            settled.append((scenario, post, played, _until_decided(scene, played)))
        report(f"delivery: {way.title.lower()}, a service is added")
        before, last = way.posts[:-1], way.posts[-1]
        scene = Scene(way, last, plan.later, plan, halt)
        played = added_later(scene)
        expected = sum(len(way.statuses(post)) for post in way.posts)
        known_after = _since(played, scene.settled(lambda: way.known(way.posts), expected))
        if way.is_idle() is not None:  # a message may be redelivered a little later
            scene.settled(lambda: way.is_idle() is True, True)
        waiting, counts = way.count()
    return Found(
        waiting,
        [_cell(way, *each, counts[each[1]]) for each in settled],
        Later(
            way=way.name,
            past=sum(counts[post].saved for post in before),
            past_got=sum(counts[post].known for post in before),
            new=counts[last].saved,
            new_got=counts[last].known,
            settled_s=known_after,
        ),
    )


def _until_decided(scene: Scene, played: Played) -> float | None:
    """Seconds from the end of the fault; None if some comments are never decided."""
    statuses = scene.way.statuses(scene.post)

    def decided() -> int:
        now = scene.way.statuses(scene.post).values()
        return sum(status != PENDING for status in now)

    if missing := set(played.written) - statuses.keys():
        raise LabFailed(f"{scene.way.name}: {len(missing)} comments got a 201 and are not saved")
    return _since(played, scene.settled(decided, len(statuses)))


def _since(played: Played, at: float | None) -> float | None:
    return None if at is None else round(max(0.0, at - played.ended), 2)


def _cell(
    way: Way,
    scenario: Scenario,
    post: str,
    played: Played,
    settled: float | None,
    counts: Counts,
) -> Cell:
    return Cell(
        way=way.name,
        scenario=scenario.name,
        written=len(played.written),
        faults=played.faults,
        settled_s=settled,
        **msgspec.structs.asdict(counts),
    )
