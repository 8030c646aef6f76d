"""Part 4: what one application, the monolith of modules and the services cost, side by side."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from comparison.cost.code.counting import code
from comparison.cost.code.touched import touched
from comparison.cost.columns import COLUMNS
from comparison.cost.explained import CLAIMS, METHOD, READS
from comparison.cost.plan import FULL, QUICK
from comparison.cost.processes import Work, connections, memory
from comparison.cost.running import Running, all_running
from comparison.cost.storage import storage
from comparison.cost.turns import Turns, curve, take_turns
from comparison.lab import Lab
from comparison.part import Report, Results


def measure(lab: Lab, quick: bool, say: Report) -> Results:
    plan = QUICK if quick else FULL
    say("cost: filling the databases, starting the processes")
    with all_running(lab, plan.posts) as runs:
        say("cost: at rest")
        idle = at_rest(runs, plan.rest)
        turns = [Turns(running, share) for running, share in zip(runs, idle, strict=True)]
        take_turns(turns, plan, say)
        cells = list(curve(runs, plan, say))
        say("cost: memory, databases, lines of code")
        return {
            "method": list(METHOD),
            "plan": asdict(plan),
            "columns": [
                {"name": each.name, "title": each.title, "short": each.short} for each in COLUMNS
            ],
            "claims": CLAIMS,
            "write": [each.write() for each in turns],
            "end_to_end": [each.end_to_end() for each in turns],
            "staleness": {"rates": list(plan.rates), "seconds": plan.seconds, "cells": cells},
            "read_kinds": [{"name": name, "title": title} for name, title in READS.items()],
            "reads": [row for each in turns for row in each.reads()],
            "cpu": [each.cpu() for each in turns],
            "memory": [named(each) | memory(each.processes) for each in runs],
            "running": [running_things(each) for each in runs],
            "stored": storage(runs, plan.posts),
            "code": code(),
            "touched": touched(),
        }


def at_rest(runs: Sequence[Running], seconds: float) -> list[float]:
    """What each takes of one core while nobody asks for anything; then all stand still."""
    for running in runs:
        running.blog.settle()
    work = [Work(running.processes) for running in runs]
    time.sleep(seconds)
    shares = [each.share() for each in work]
    for running in runs:
        running.stack.pause()
    return shares


def running_things(running: Running) -> dict[str, Any]:
    """What runs: ``programs`` are those that somebody starts, each with its children among the
    ``processes``."""
    return {
        **named(running),
        "programs": len(running.stack.plan.programs),
        "processes": len(running.processes),
        "databases": len(running.stored["aliases"]),
        "connections": connections(running.processes, running.database_port),
    }


def named(running: Running) -> dict[str, Any]:
    return {"column": running.column.name}
