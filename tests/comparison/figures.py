"""Results of the comparison, made up and small, as its parts store them."""

from collections.abc import Iterable
from typing import Any

from comparison.results import Kept

WAYS = {
    "monolith-join": 4.0,
    "monolith-loop": 12.0,
    "per-post": 40.0,
    "per-post-six": 30.0,
    "gateway-sequential": 42.0,
    "gateway-parallel": 32.0,
    "gateway-batched": 8.0,
    "direct": 4.0,
    "read-model": 5.0,
    "read-model-cached": 2.0,
}
"""Milliseconds of each way to read a page with 20 posts, on one machine."""
CALLING = {name for name in WAYS if name.startswith(("per-post", "gateway"))}


def titled(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"name": name, "title": f"The {name}"} for name in names]


def reads(**times: float) -> dict[str, Any]:
    """``times`` of ways by name with underscores, as ``monolith_join=3.0``. 10 ms are added for
    each ms of delay to what calls services, and a time grows as the posts do."""
    every = WAYS | {name.replace("_", "-"): value for name, value in times.items()}
    return {
        "method": ["It was measured with care."],
        "posts": [10, 20, 100],
        "delays_ms": [0.0, 1.0, 5.0],
        "network": [
            {"delay_ms": 0.0, "round_trip_ms": 0.5},
            {"delay_ms": 5.0, "round_trip_ms": 5.5},
        ],
        "ways": titled(every),
        "cells": [
            _read(name, posts, delay, ms * posts / 20 + (10 if name in CALLING else 1) * delay)
            for delay in (0.0, 1.0, 5.0)
            for posts in (10, 20, 100)
            for name, ms in every.items()
        ],
        "paced": [_paced(name, rate, ms) for rate in (5.0, 50.0) for name, ms in every.items()],
    }


def _paced(way: str, rate: float, ms: float) -> dict[str, Any]:
    """A way that takes 40 ms and more does not keep up with 50 pages a second."""
    slow = rate * ms / 1_000 >= 1
    times = {"p50_ms": ms, "p95_ms": ms * (20 if slow else 2), "p99_ms": ms * (30 if slow else 3)}
    return {"way": way, "rate": rate, "achieved": rate / 2 if slow else rate, "pages": 20, **times}


def _read(way: str, posts: int, delay: float, ms: float) -> dict[str, Any]:
    calls = posts + 1 if way in CALLING else 1
    counts = {"requests": calls, "queries": calls, "rounds": 5, "bytes": 100, "waited_ms": 0.0}
    times = {"p50_ms": ms, "p95_ms": ms * 1.2, "min_ms": ms * 0.9, "max_ms": ms * 2}
    return {"way": way, "posts": posts, "delay_ms": delay, "samples_ms": [ms], **counts, **times}


def faults(*, model_stands: bool = True, calling_stand: bool = False) -> dict[str, Any]:
    """While posts or comments are down. ``query`` down takes the read model."""
    modes, targets = ("down", "failing"), ("posts", "comments", "query")

    def share(way: str, target: str, mode: str) -> float:
        if way.startswith("read-model"):
            stands = target != "query" and model_stands
        else:
            stands = way not in CALLING or target == "query" or calling_stand
        return 1.0 if stands else 0.0 if mode == "down" else 0.5

    return {
        "method": ["It was broken with care."],
        "posts": 10,
        "patience_ms": 3000.0,
        "targets": [{"name": name, "title": name} for name in targets],
        "modes": [{"name": name, "title": f"{name} for a while"} for name in modes],
        "ways": titled(WAYS),
        "cells": [
            _fault(way, target, mode, share(way, target, mode))
            for way in WAYS
            for target in targets
            for mode in modes
        ],
        "slow_calls": [_slow(0.05, calls) for calls in (1, 10, 100)],
    }


def _fault(way: str, target: str, mode: str, share: float) -> dict[str, Any]:
    place = {"way": way, "target": target, "mode": mode}
    came = 4.0 if share else None
    times = {"p50_ms": came, "p95_ms": came, "p99_ms": came, "failed_p50_ms": None}
    return {**place, "pages": 8, "whole": int(8 * share), "share": share, "injected": 3, **times}


def _slow(p: float, calls: int) -> dict[str, Any]:
    shares = {"share": round(1 - (1 - p) ** calls, 4), "formula": round(1 - (1 - p) ** calls, 4)}
    counts = {"pages": 100, "slow": 5, "met": 100 * calls, "injected": 5 * calls}
    times = {"slow_by_ms": 150.0, "p50_ms": 4.0, "p99_ms": 160.0}
    return {"way": "per-post-six", "share_of_calls": p, "calls": calls, **shares, **counts, **times}


def history(*, events_ms: float = 50.0, requests_ms: float = 90.0) -> dict[str, Any]:
    names = ("requests-batched", "direct", "events-caught-up")
    ways = dict(zip(names, (requests_ms, 30.0, events_ms), strict=True))
    down = dict(zip(names, (0.0, 1.0, 1.0), strict=True))
    lines = dict(zip(names, ((29, 149, 0), (38, 0, 0), (0, 0, 468)), strict=True))
    listens = dict(zip(names, ("after", "before", "always"), strict=True))
    wrong = dict(zip(names, (7, 0, 0), strict=True))
    return {
        "method": ["It was copied with care."],
        "posts": [10, 100],
        "delays_ms": [0.0, 1.0],
        "ways": titled(ways),
        "cells": [
            {"way": way, "posts": posts, "delay_ms": delay, "p50_ms": ms * posts / 100}
            | {"requests": 2, "queries": 6, "written": 5, "rows": 60, "records": 60, "bytes": None}
            for way, ms in ways.items()
            for posts in (10, 100)
            for delay in (0.0, 1.0)
        ],
        "code": [
            {"way": way, "newcomer_past": own, "others_past": others, "store": store}
            for way, (own, others, store) in lines.items()
        ],
        "outages": {
            "targets": [{"name": "posts", "title": "posts"}],
            "cells": [
                {"way": w, "target": "posts", "share": s, "error": ""} for w, s in down.items()
            ],
        },
        "moving": {
            "posts": 100,
            "cells": [
                {"way": way, "listens": listens[way], "ms": 10.0, "written": 9}
                | {"missing": wrong[way], "stale": 0, "ghosts": 0}
                for way in ways
            ],
        },
        "facts": [{"type": "CommentModerated", "said": 80, "in_copy": 0}],
    }


def delivery(*, bus: int = 20, broker: int = 1, store: int = 0) -> dict[str, Any]:
    """How many comments of 24 are left pending for ever in each of two scenarios."""
    pending = {"bus": bus, "broker": broker, "store": store}
    return {
        "method": ["It was sent with care."],
        "broker": "filesystem",
        "comments": 24,
        "patience_s": 5.0,
        "ways": titled(pending),
        "scenarios": [
            {"name": "moderation-stopped", "title": "moderation was stopped"},
            {"name": "writer-killed", "title": "the writer was killed"},
        ],
        "cells": [
            {"way": way, "scenario": scenario, "written": 24, "saved": 24, "decided": 24 - left}
            | {"pending": left, "lost": left, "doubled": 0, "struck": 1, "settled_s": None}
            for way, left in pending.items()
            for scenario in ("moderation-stopped", "writer-killed")
        ],
        "later": [
            {"way": way, "past": 90, "past_got": 90 if way == "store" else 0}
            | {"new": 10, "new_got": 10, "settled_s": 0.5}
            for way in pending
        ],
    }


COLUMNS = ("one", "modules", "services")


def cost(*, one: float = 1.0, modules: float = 3.0, services: float = 6.0) -> dict[str, Any]:
    """Every figure is so many times the same."""
    times = dict(zip(COLUMNS, (one, modules, services), strict=True))

    def rows(**figures: Any) -> list[dict[str, Any]]:
        return [
            {"column": column}
            | {k: v * factor if isinstance(v, int | float) else v for k, v in figures.items()}
            for column, factor in times.items()
        ]

    def whole(name: str, each: int, **more: Any) -> list[dict[str, Any]]:
        return [{"column": c, name: round(each * factor), **more} for c, factor in times.items()]

    return {
        "method": ["It was weighed with care."],
        "columns": titled(COLUMNS),
        "write": rows(p50_ms=3.0, p95_ms=4.0, p99_ms=None),
        "end_to_end": rows(p50_ms=9.0, p95_ms=12.0, p99_ms=None),
        "staleness": {
            "cells": [
                {"column": column, "rate": rate, "achieved": rate * 0.9, "p50_ms": rate * factor}
                | {"p95_ms": rate * factor * 2, "reached": rate < 50, "sent": 10, "shown": 10}
                for column, factor in times.items()
                for rate in (5.0, 50.0)
            ]
        },
        "read_kinds": [{"name": "afresh", "title": "nothing is remembered"}],
        "reads": rows(kind="afresh", p50_ms=5.0),
        "cpu": rows(write_ms=2.0, read_ms=3.0, read_afresh_ms=4.0, idle_percent=0.5),
        "memory": whole("bytes", 90_000_000, kind="PSS"),
        "running": whole("processes", 2),
        "stored": {"cells": whole("bytes", 400_000, times_comment=2.5)},
        "code": {"cells": whole("lines", 3_000)},
        "touched": {"fields": ["author", "content"], "cells": whole("count", 9)},
    }


def run(results: dict[str, Any], *, quick: bool = False, load: float = 1.0, **about: Any) -> Kept:
    machine = {"processor": "A processor", "cores": 2, "memory_bytes": 4_000_000_000, "load": load}
    run = {
        "date": "2026-11-24T07:43:43+00:00",
        "command": "manage.py compare",
        "commit": "c83f5c2",
        "quick": quick,
        "database": "sqlite",
        "seconds": 12.5,
        "machine": machine,
        "versions": {"Python": "3.11.7"},
    }
    return Kept({**run, **about}, results)


def everything() -> dict[str, Kept]:
    """A full run of each part."""
    return {make.__name__: run(make()) for make in (reads, history, delivery, cost, faults)}
