"""The figures of part 4 in one list: those that have one value for each column, less being
better."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from comparison.part import Results

Rows = Sequence[dict[str, Any]]
"""A row for each column, in their order."""


@dataclass(frozen=True)
class Figure:
    """``values`` in the order of the columns, None where there is none; ``texts`` for people."""

    title: str
    values: list[float | None]
    texts: list[str]


def figures(results: Results) -> Iterator[Figure]:
    yield _latency("a comment's POST", results["write"])
    yield _latency("from POST to final status", results["end_to_end"])
    for kind in results["read_kinds"]:
        rows = [row for row in results["reads"] if row["kind"] == kind["name"]]
        yield _latency(f"the page, {kind['title']}", rows)
    cpu = results["cpu"]
    yield _figure("processor, a write: ms", cpu, "write_ms", 1)
    yield _figure("processor, a read: ms", cpu, "read_ms", 1)
    yield _figure("processor, a read, nothing remembered: ms", cpu, "read_afresh_ms", 1)
    yield _figure("processor at rest: % of a core", cpu, "idle_percent", 1)
    kind = results["memory"][0]["kind"]
    yield _figure(f"memory: MB {kind}", results["memory"], "bytes", unit=1e6)
    for name in ("programs", "processes", "databases", "connections"):
        title = "connections to databases" if name == "connections" else name
        yield _figure(title, results["running"], name)
    stored = results["stored"]["cells"]
    yield _figure("stored for the same blog: kB", stored, "bytes", unit=1e3)
    yield _figure("a comment's text is stored: times", stored, "times_comment", 1)
    yield _figure("lines of code", results["code"]["cells"], "lines")
    yield _figure("files touched by a new field", results["touched"]["cells"], "count")


def _latency(title: str, rows: Rows) -> Figure:
    """Medians; the texts have p95 and p99, too."""
    names = ("p50_ms", "p95_ms", "p99_ms")
    texts = [" … ".join(_text(row[name], 1) for name in names) for row in rows]
    return Figure(f"{title}: ms", [row["p50_ms"] for row in rows], texts)


def _figure(title: str, rows: Rows, name: str, digits: int = 0, unit: float = 1) -> Figure:
    values = [None if row[name] is None else row[name] / unit for row in rows]
    return Figure(title, values, [_text(value, digits) for value in values])


def _text(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
