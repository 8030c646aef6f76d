"""Results of the comparison, made up: how fast a page is read, and what comes of it in outages."""

from typing import Any

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
ASKING = {name for name in WAYS if name.startswith(("per-post", "gateway"))}


def reads(**times: float) -> dict[str, Any]:
    """``times`` of ways by name with underscores, as ``monolith_join=3.0``. 10 ms are added for
    each ms of delay to what asks services, and a time grows as the posts do."""
    every = WAYS | {name.replace("_", "-"): value for name, value in times.items()}
    return {
        "method": ["It was measured with care."],
        "posts": [10, 20, 100],
        "delays_ms": [0.0, 1.0, 5.0],
        "network": [
            {"delay_ms": 0.0, "round_trip_ms": 0.5},
            {"delay_ms": 5.0, "round_trip_ms": 5.5},
        ],
        "ways": [{"name": name, "title": f"The {name}", "claims": []} for name in every],
        "cells": [
            _read(name, posts, delay, ms * posts / 20 + (10 if name in ASKING else 1) * delay)
            for delay in (0.0, 1.0, 5.0)
            for posts in (10, 20, 100)
            for name, ms in every.items()
        ],
    }


def _read(way: str, posts: int, delay: float, ms: float) -> dict[str, Any]:
    calls = posts + 1 if way in ASKING else 1
    counts = {"requests": calls, "queries": calls, "rounds": 5, "bytes": 100, "waited_ms": 0.0}
    times = {"p50_ms": ms, "p95_ms": ms * 1.2, "min_ms": ms * 0.9, "max_ms": ms * 2}
    return {"way": way, "posts": posts, "delay_ms": delay, "samples_ms": [ms], **counts, **times}


def faults(*, model_stands: bool = True, asking_stand: bool = False) -> dict[str, Any]:
    """While posts or comments are down. ``query`` down takes the read model."""
    modes, targets = ("down", "failing"), ("posts", "comments", "query")

    def share(way: str, target: str, mode: str) -> float:
        if way.startswith("read-model"):
            stands = target != "query" and model_stands
        else:
            stands = way not in ASKING or target == "query" or asking_stand
        return 1.0 if stands else 0.0 if mode == "down" else 0.5

    return {
        "method": ["It was broken with care."],
        "posts": 10,
        "patience_ms": 3000.0,
        "targets": [{"name": name, "title": name} for name in targets],
        "modes": [{"name": name, "title": f"{name} for a while"} for name in modes],
        "ways": [{"name": name, "title": f"The {name}"} for name in WAYS],
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
