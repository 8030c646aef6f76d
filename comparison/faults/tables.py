"""The tables of outages and slow calls (``tables.toml``)."""

from functools import partial
from typing import Any

from msgspec.structs import asdict

from comparison.faults.results import Cell, Faults
from comparison.formats import share
from comparison.results import Named
from comparison.tables import Column, Table, layouts, tone_of

LAYOUTS = layouts(__file__)

Row = dict[str, Any]


def shares(faults: Faults, mode: Named) -> Table:
    """The terminal's heat map."""

    def column(target: Named) -> Column:
        def cell(row: Row) -> Cell | None:
            return faults.cell(row["way"].name, target.name, mode.name)

        return Column(
            target.title, cell, _share, lambda row: tone_of(getattr(cell(row), "share", None))
        )

    return LAYOUTS["shares"].table(
        [{"way": way} for way in faults.ways],
        last=[column(target) for target in faults.targets],
        mode=mode,
        pages=faults.pages(mode.name),
        posts=faults.posts,
        timeout_ms=faults.patience_ms,
    )


def outages(faults: Faults, mode: Named) -> Table:
    rows = [
        {"way": way, "target": target, "cell": cell}
        for way in faults.ways
        for target in faults.targets
        if (cell := faults.cell(way.name, target.name, mode.name))
    ]
    return LAYOUTS["outages"].table(
        rows, mode=mode, posts=faults.posts, timeout_ms=faults.patience_ms
    )


def slow_calls(faults: Faults) -> Table:
    return LAYOUTS["slow-calls"].table(
        asdict(row) | {"measured": _precisely(row.share), "calculated": _precisely(row.formula)}
        for row in faults.slow_calls
    )


def headline(faults: Faults) -> Table:
    """The share of whole pages while each target is down."""

    def whole(target: str, row: Row) -> float | None:
        return faults.share(row["way"].name, target)

    return LAYOUTS["headline"].table(
        [{"way": way} for way in faults.ways],
        last=[
            Column(f"{target.title} down", partial(whole, target.name), share)
            for target in faults.targets
        ],
    )


def _precisely(part: float) -> str:
    return f"{part:.1%}".replace("%", " %")


def _share(cell: Cell) -> str:
    times = f"  {cell.p50_ms:,.0f} … {cell.p99_ms:,.0f}" if cell.p50_ms is not None else ""
    return f"{share(cell.share)}{times}"
