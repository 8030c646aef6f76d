"""Part 3: what becomes of comments, by the way in which events travel, when something fails."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from threading import Event

from comparison.delivery.over_broker import OverBroker
from comparison.delivery.over_bus import OverBus
from comparison.delivery.over_store import OverStore
from comparison.delivery.playing import POSTS, play
from comparison.delivery.plugs import Plug, kind_of, plug_for
from comparison.delivery.scenarios import SCENARIOS, Plan
from comparison.delivery.way import Way
from comparison.lab import Lab
from comparison.parts.part import Options, Results, Say
from lab.programs import free_port
from lab.sandbox import Sandbox

WAYS: tuple[type[Way], ...] = (OverBus, OverBroker, OverStore)
PORTS = 4  # of each way
METHOD = (
    "In each way comments is one service and moderation another, each with processes and "
    "a database of its own. Eight people write comments over HTTP; moderation judges them by the "
    "blog's own rules, and comments has to hear what it decided. What became of each comment is "
    "counted in the databases when nothing moves any more.",
    "The bus is a process that POSTs each event to every listener once, as the article's first one "
    "does. A service POSTs an event after its commit; if nobody answers, it goes on.",
    "The broker keeps a durable queue for each service. A service publishes after its commit, and "
    "tries three times more, within half a second; then it logs that, and goes on. A message is "
    "acknowledged when its effect is committed and what follows is published; if the consumer dies "
    "before, or the broker is away, it comes again. Nobody keeps a list of what was handled.",
    "The event store is the blog as it is, with its workers: an outbox in the transaction, a relay "
    "after it, consumers with checkpoints, and messages that carry nothing.",
    "Where no other broker is named, it is folders of files and has no process that could be "
    "killed: so for the broker and the store, “away” is that nobody can reach it, while what is in "
    "it stays. For the way with the broker alone, the blog's broker of files was given what "
    "a durable one has: a message that was not acknowledged is given out again.",
    "A process is killed by itself with SIGKILL at one precise place: the writer, when its "
    "transaction has committed and it would say so; moderation likewise, but with the broker alone "
    "when it has also published, before it acknowledges. It is started again at once, as "
    "a supervisor would.",
    "A comment is handled twice where the same event took effect twice: a row for each time that "
    "is only added, and in the blog the events that it has said. Handling this comment twice does "
    "no harm; a counter or a mail would be wrong.",
    "Settled is the time from the end of the fault, or from the last comment, until all are "
    "decided; the start of processes is part of it. Pending for ever is what is undecided when "
    "nothing is on its way, or nothing has moved for the patience given.",
)

QUICK = Plan(
    comments=24, later=6, kills=1, rate=60, patience=8, at_once=3, settings={"SWEEP_INTERVAL": "1"}
)
FULL = Plan(comments=200, later=20, kills=10, rate=60, patience=20, at_once=1, settings={})


def measure(lab: Lab, options: Options, say: Say) -> Results:
    plan = QUICK if options.quick else FULL
    halt = Event()
    with ExitStack() as open_:
        box = open_.enter_context(lab.sandbox(LAB="", **plan.settings))
        plugs = [open_.enter_context(plug_for(box, os.environ, way)) for way in ("alone", "nudges")]
        threads = open_.enter_context(ThreadPoolExecutor(plan.at_once))
        open_.callback(halt.set)  # before the threads are waited for
        runs = [threads.submit(play, make, plan, say, halt) for make in makers(box, *plugs)]
        found = [run.result() for run in runs]
    return {
        "method": list(METHOD),
        "broker": kind_of(os.environ),
        "comments": plan.comments,
        "kills": plan.kills,
        "patience_s": plan.patience,
        "ways": [
            {"name": way.name, "title": way.title, "claims": list(way.claims), "waiting": waiting}
            for way, (waiting, *_) in zip(WAYS, found, strict=True)
        ],
        "scenarios": [{"name": each.name, "title": each.title} for each in SCENARIOS],
        "cells": [cell for _, cells, _ in found for cell in cells],
        "later": [later for _, _, later in found],
    }


def makers(box: Sandbox, alone: Plug, nudges: Plug) -> list[Callable[[], Way]]:
    """What makes each way, in their order."""
    port = free_port(3 * PORTS)
    return [
        partial(OverBus, box, port, POSTS),
        partial(OverBroker, box, port + PORTS, POSTS, alone),
        partial(OverStore, box, port + 2 * PORTS, POSTS, nudges),
    ]
