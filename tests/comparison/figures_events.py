"""Results of the comparison, made up: what events bring to a newcomer, and what is lost of them."""

from typing import Any


def history(*, events_ms: float = 50.0, requests_ms: float = 90.0) -> dict[str, Any]:
    ways = {
        "requests-batched": requests_ms,
        "direct": 30.0,
        "events-caught-up": events_ms,
    }
    down = {"requests-batched": 0.0, "direct": 1.0, "events-caught-up": 1.0}
    lines = {
        "requests-batched": (29, 149, 0),
        "direct": (38, 0, 0),
        "events-caught-up": (0, 0, 468),
    }
    listens = {"requests-batched": "after", "direct": "before", "events-caught-up": "always"}
    wrong = {"requests-batched": 7, "direct": 0, "events-caught-up": 0}
    return {
        "method": ["It was copied with care."],
        "posts": [10, 100],
        "delays_ms": [0.0, 1.0],
        "ways": [{"name": name, "title": f"The {name}"} for name in ways],
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
        "ways": [{"name": name, "title": f"The {name}"} for name in pending],
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
