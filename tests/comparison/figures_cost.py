"""Results of the comparison, made up: what each architecture costs."""

from typing import Any

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
        "columns": [{"name": name, "title": f"The {name}"} for name in COLUMNS],
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
