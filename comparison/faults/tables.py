"""The tables of outages and slow calls (``tables.toml``)."""

from typing import Any

from msgspec.structs import asdict

from comparison.faults.results import Cell, Faults
from comparison.formats import share
from comparison.results import Named
from comparison.tables import Table, heat_columns, layouts

LAYOUTS = layouts(__file__)


def shares(faults: Faults, mode: Named) -> Table:
    """The terminal's heat map."""
    return LAYOUTS["shares"].table(
        [{"way": way} for way in faults.ways],
        last=heat_columns(
            {target.name: target.title for target in faults.targets},
            lambda target, row: faults.cell(row["way"].name, target, mode.name),
            _share,
        ),
        **_caption(faults, mode),
    )


def outages(faults: Faults, mode: Named) -> Table:
    rows = [
        {"way": way, "target": target, "cell": cell}
        for way in faults.ways
        for target in faults.targets
        if (cell := faults.cell(way.name, target.name, mode.name))
    ]
    return LAYOUTS["outages"].table(rows, **_caption(faults, mode))


def slow_calls(faults: Faults) -> Table:
    return LAYOUTS["slow-calls"].table(
        asdict(row) | {"measured": _precisely(row.share), "calculated": _precisely(row.formula)}
        for row in faults.slow_calls
    )


def headline(faults: Faults) -> Table:
    """The share of whole pages while each target is down."""
    columns = heat_columns(
        {target.name: f"{target.title} down" for target in faults.targets},
        lambda target, row: faults.cell(row["way"].name, target),
        lambda cell: share(cell.share),
    )
    return LAYOUTS["headline"].table([{"way": way} for way in faults.ways], last=columns)


def _caption(faults: Faults, mode: Named) -> dict[str, Any]:
    return {
        "mode": mode,
        "pages": faults.pages(mode.name),
        "posts": faults.posts,
        "timeout_ms": faults.patience_ms,
    }


def _precisely(part: float) -> str:
    return f"{part:.1%}".replace("%", " %")


def _share(cell: Cell) -> str:
    times = f"  {cell.p50_ms:,.0f} … {cell.p99_ms:,.0f}" if cell.p50_ms is not None else ""
    return f"{share(cell.share)}{times}"
