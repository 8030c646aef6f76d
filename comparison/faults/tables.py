"""The tables of outages and slow calls."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from comparison.faults.results import Cell, Faults, SlowCalls
from comparison.formats import high, ms, plain, several, share
from comparison.results import Named
from comparison.tables import Column, Table, Tone, count


class Row(NamedTuple):
    way: Named
    target: Named
    cell: Cell

    @property
    def name(self) -> str:
        return f"{self.way.title}; {self.target.title}"


def shares(faults: Faults, mode: Named) -> Table:
    """The terminal's heat map."""

    def cell(target: Named, way: Named) -> Cell | None:
        return faults.cell(way.name, target.name, mode.name)

    pages = several(faults.pages(mode.name), "page")
    return Table(
        caption=f"{high(mode.title)}, {pages} each of {several(faults.posts, 'post')}: the share "
        f"that comes whole within {ms(faults.patience_ms)}, and p50 … p99 of these in ms",
        columns=[
            Column("way", "title"),
            *(
                Column(target.title, partial(cell, target), _share, _tone(partial(cell, target)))
                for target in faults.targets
            ),
        ],
        rows=faults.ways,
        page=False,
    )


def outages(faults: Faults, mode: Named) -> Table:
    columns = [
        Column("way; what is broken", "name"),
        Column("whole", lambda row: f"{row.cell.whole} of {row.cell.pages}"),
        Column("share", lambda row: row.cell.share, share),
        Column("median", lambda row: row.cell.p50_ms, plain),
        Column("95 %", lambda row: row.cell.p95_ms, plain),
        Column("99 %", lambda row: row.cell.p99_ms, plain),
        Column("failed after", lambda row: row.cell.failed_p50_ms, plain),
        Column("faults met", lambda row: row.cell.injected, count),
    ]
    return Table(
        caption=f"{high(mode.title)}: pages of {several(faults.posts, 'post')} that come whole "
        f"within {ms(faults.patience_ms)}; times of those that came, and of those that did not, "
        "in ms",
        columns=columns,
        rows=[
            Row(way, target, cell)
            for way in faults.ways
            for target in faults.targets
            if (cell := faults.cell(way.name, target.name, mode.name))
        ],
        fold=True,
        terminal=False,
    )


def slow_calls(faults: Faults) -> Table:
    return Table(
        caption="Pages that make N calls, a share p of which is slow; times in ms",
        columns=[
            Column("p, N", _name),
            Column("slow by", "slow_by_ms", ms),
            Column("slow calls", lambda row: f"{row.injected:,} of {row.met:,}"),
            Column("pages", "pages", count),
            Column("slow pages", "slow", count),
            Column("measured", "share", _precisely),
            Column("1 − (1 − p)^N", "formula", _precisely),
            Column("median", "p50_ms", plain),
            Column("99 %", "p99_ms", plain),
        ],
        rows=faults.slow_calls,
    )


def headline(faults: Faults) -> Table:
    """The share of whole pages while each target is down."""

    def whole(target: str, way: Named) -> float | None:
        return faults.share(way.name, target)

    targets = (
        Column(f"{target.title} down", partial(whole, target.name), share)
        for target in faults.targets
    )
    return Table("Pages that come whole", [Column("way", "title"), *targets], faults.ways)


def _name(row: SlowCalls) -> str:
    return f"{share(row.share_of_calls)}, {several(row.calls, 'call')}"


def _precisely(part: float) -> str:
    return f"{part:.1%}".replace("%", " %")


def _share(cell: Cell) -> str:
    times = f"  {cell.p50_ms:,.0f} … {cell.p99_ms:,.0f}" if cell.p50_ms is not None else ""
    return f"{share(cell.share)}{times}"


def _tone(cell_of: Callable[[Named], Cell | None]) -> Callable[[Named], Tone]:
    def tone(way: Named) -> Tone:
        cell = cell_of(way)
        return "" if not cell else "good" if cell.share == 1 else "some" if cell.share else "bad"

    return tone
