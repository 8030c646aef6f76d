"""Part 5: the share of pages that come whole while something is broken, and how long they take."""

from dataclasses import dataclass
from typing import Any

from comparison.faults.outages import Outage, outage
from comparison.faults.slow_calls import Curve, curves
from comparison.faults.targets import MODES, TARGETS
from comparison.lab import Lab
from comparison.measure import milliseconds, summary
from comparison.parts.part import Options, Results, Say
from comparison.reads import WAYS
from comparison.reads.asking import Client
from comparison.reads.way import Way

METHOD = (
    "A process that is down was killed. Slow and failing are injected into the process itself, "
    "before it does anything else, and counted; into a database's statements likewise.",
    "A page counts where all of it came, byte for byte, before patience was at its end. Nobody "
    "tries again, and half a page is none. Pages are asked for one after another.",
    "The percentiles are those of the pages that came.",
)


@dataclass(frozen=True)
class Plan:
    """``pages`` for each way, by mode. ``patience`` with a page in seconds."""

    targets: tuple[str, ...]
    pages: dict[str, int]
    posts: int
    patience: float
    curve: Curve


QUICK = Plan(
    targets=("posts", "comments", "query"),
    pages={"down": 2, "slow-200": 1, "failing": 8},
    posts=4,
    patience=3.0,
    curve=Curve(shares=(0.05,), calls=(1, 5, 20), pages=20, seconds=0.15),
)
FULL = Plan(
    targets=tuple(target.name for target in TARGETS),
    pages={"down": 20, "slow-200": 10, "slow-2000": 3, "failing": 100},
    posts=10,
    patience=10.0,
    curve=Curve(shares=(0.01, 0.05), calls=(1, 2, 5, 10, 20, 50, 100), pages=200, seconds=0.2),
)


def measure(lab: Lab, options: Options, say: Say) -> Results:
    plan = QUICK if options.quick else FULL
    say("faults: starting the processes, filling the databases")
    stack = lab.reading(max(plan.posts, *plan.curve.calls))
    client = Client(lab.network, stack.addresses, patience=plan.patience)
    body = client.agreed(WAYS, plan.posts)
    targets = [target for target in TARGETS if target.name in plan.targets]
    modes = [mode for mode in MODES if mode.name in plan.pages]
    cells: list[dict[str, Any]] = []
    for target in targets:
        for mode in modes:
            say(f"faults: {target.title}, {mode.title}")
            with outage(stack, target, mode) as broken:
                cells += [_cell(client, way, broken, plan, body) for way in WAYS]
    say("faults: the share of slow pages by the share of slow calls")
    return {
        "method": list(METHOD),
        "posts": plan.posts,
        "patience_ms": milliseconds(plan.patience),
        "targets": [{"name": target.name, "title": target.title} for target in targets],
        "modes": [{"name": mode.name, "title": mode.title} for mode in modes],
        "ways": [{"name": way.name, "title": way.title} for way in WAYS],
        "cells": cells,
        "slow_calls": curves(client, stack.addresses["comments"], plan.curve),
    }


def _cell(client: Client, way: Way, broken: Outage, plan: Plan, body: bytes) -> dict[str, Any]:
    """``injected``: how many requests or statements were struck by the fault for these pages."""
    before = broken.injected().struck
    pages = [client.read(way, plan.posts) for _ in range(plan.pages[broken.mode.name])]
    whole = [page.seconds for page in pages if page.body == body]
    failed = [page.seconds for page in pages if page.body != body]
    return {
        "way": way.name,
        "target": broken.target.name,
        "mode": broken.mode.name,
        "pages": len(pages),
        "whole": len(whole),
        "share": round(len(whole) / len(pages), 4),
        **summary(whole, 50, 95, 99),
        "failed_p50_ms": summary(failed, 50)["p50_ms"],
        "injected": broken.injected().struck - before,
    }
