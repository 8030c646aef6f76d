"""The tables of outages and slow calls."""

from functools import partial

from comparison.faults.results import Cell, Faults
from comparison.formats import high, ms, plain, several, share
from comparison.results import Named
from comparison.tables import Column, Table, Tone, count


def shares(faults: Faults, mode: Named) -> Table:
    """The terminal's heat map."""

    def column(target: Named) -> Column:
        def cell(way: Named) -> Cell | None:
            return faults.cell(way.name, target.name, mode.name)

        return Column(target.title, cell, _share, lambda way: _tone(cell(way)))

    return Table(
        caption=f"{high(mode.title)}, {several(faults.pages(mode.name), 'page')} each of "
        f"{several(faults.posts, 'post')}: the share that comes whole within "
        f"{ms(faults.patience_ms)}, and p50 … p99 of these in ms",
        columns=[Column("way", "title"), *map(column, faults.targets)],
        rows=faults.ways,
        page=False,
    )


def outages(faults: Faults, mode: Named) -> Table:
    ways, targets = ({each.name: each.title for each in of} for of in (faults.ways, faults.targets))
    return Table(
        caption=f"{high(mode.title)}: pages of {several(faults.posts, 'post')} that come whole "
        f"within {ms(faults.patience_ms)}; times of those that came, and of those that did not, "
        "in ms",
        columns=[
            Column("way; what is broken", lambda cell: f"{ways[cell.way]}; {targets[cell.target]}"),
            Column("whole", lambda cell: f"{cell.whole} of {cell.pages}"),
            Column("share", "share", share),
            Column("median", "p50_ms", plain),
            Column("95 %", "p95_ms", plain),
            Column("99 %", "p99_ms", plain),
            Column("failed after", "failed_p50_ms", plain),
            Column("faults met", "injected", count),
        ],
        rows=[
            cell
            for way in ways
            for target in targets
            if (cell := faults.cell(way, target, mode.name))
        ],
        fold=True,
        terminal=False,
    )


def slow_calls(faults: Faults) -> Table:
    return Table(
        caption="Pages that make N calls, a share p of which is slow; times in ms",
        columns=[
            Column(
                "p, N", lambda row: f"{share(row.share_of_calls)}, {several(row.calls, 'call')}"
            ),
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


def _precisely(part: float) -> str:
    return f"{part:.1%}".replace("%", " %")


def _share(cell: Cell) -> str:
    times = f"  {cell.p50_ms:,.0f} … {cell.p99_ms:,.0f}" if cell.p50_ms is not None else ""
    return f"{share(cell.share)}{times}"


def _tone(cell: Cell | None) -> Tone:
    return "" if not cell else "good" if cell.share == 1 else "some" if cell.share else "bad"
