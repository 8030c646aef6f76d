"""The headline numbers of each part, as tables in Markdown."""

from collections.abc import Callable, Mapping
from typing import Any

from comparison.page.part import UNFIT, read
from comparison.page.sections.section import Table
from comparison.page.shapes.about import About
from comparison.page.shapes.cost import Cost
from comparison.page.shapes.delivery import Delivery
from comparison.page.shapes.faults import Faults
from comparison.page.shapes.history import History
from comparison.page.shapes.measures import measures
from comparison.page.shapes.reads import Reads, Sizes
from comparison.page.wording import low, ms, plain, share, times
from comparison.results import Kept


def markdown(kept: Mapping[str, Kept], names: list[str]) -> str:
    """A table for each of these parts, with a line on its run; none where it was not measured."""
    return "\n".join(
        text for name in names if name in kept for text in _part(kept[name], *PARTS[name])
    )


def _part(kept: Kept, shape: type, table: Callable[[Any], Table]) -> list[str]:
    try:
        made, about = table(read(kept.results, shape)), read(kept.about, About)
    except UNFIT:
        return []
    ruler = ["---", *["---:"] * (len(made.headings) - 1)]
    rows = [made.headings, ruler, *made.rows]
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    machine = f"{about.machine.processor}, {about.machine.cores} cores, load {about.machine.load:g}"
    run = f"{about.when}, {machine}, {about.database}: `{about.command}`"
    return [f"**{made.caption}** ({run})", "", *lines, ""]


def _reads(reads: Reads) -> Table:
    """The usual page and the largest, on one machine and over the slowest network."""
    sizes = Sizes.of(reads)
    if not sizes:
        return Table("How a page is read", ["way"], [])
    places = dict.fromkeys(
        (posts, delay) for delay in (sizes.near, sizes.far) for posts in (sizes.usual, sizes.most)
    )
    rows = []
    for way in reads.ways:
        cells = [reads.cell(way.name, *place) for place in places]
        last = reads.cell(way.name, sizes.most, sizes.near)
        counts = [f"{last.requests:,}", f"{last.queries:,}"] if last else ["–", "–"]
        rows.append([way.title, *(ms(cell.p50_ms) if cell else "–" for cell in cells), *counts])
    return Table(
        f"Until the page is there, median; requests and queries of {sizes.most:,} posts",
        ["way", *(f"{posts:,} posts, {delay:g} ms a hop" for posts, delay in places)]
        + ["requests", "queries"],
        rows,
    )


def _faults(faults: Faults) -> Table:
    """Share of whole pages while each target is down."""
    rows = [
        [way.title, *(share(faults.share(way.name, target.name)) for target in faults.targets)]
        for way in faults.ways
    ]
    headings = ["way", *(f"{target.title} down" for target in faults.targets)]
    return Table("Pages that come whole", headings, rows)


def _history(history: History) -> Table:
    most, near = max(history.posts, default=0), min(history.delays_ms, default=0.0)
    rows = []
    for way in history.ways:
        cell, code = history.cell(way.name, most, near), history.code_of(way.name)
        took = [ms(cell.p50_ms), f"{cell.requests:,}"] if cell else ["–", "–"]
        lines = [plain(code.newcomer_past), plain(code.others_past)] if code else ["–", "–"]
        down = share(history.outages.share(way.name, "posts") if history.outages else None)
        rows.append([way.title, *took, *lines, down])
    return Table(
        f"A newcomer gets {most:,} posts and their comments",
        ["way", "time", "requests", "lines in it for that", "in the others", "with posts down"],
        rows,
    )


def _delivery(delivery: Delivery) -> Table:
    later = {row.way: row for row in delivery.later}
    rows = []
    for way in delivery.ways:
        cells = [delivery.cell(way.name, scenario.name) for scenario in delivery.scenarios]
        told = [
            f"{cell.pending:,} / {cell.doubled:,} of {cell.saved:,}" if cell else "–"
            for cell in cells
        ]
        row = later.get(way.name)
        past = f"{row.past_got:,} of {row.past:,}" if row else "–"
        rows.append([way.title, *told, past])
    return Table(
        "Comments left pending for ever / handled twice",
        ["way", *(scenario.title for scenario in delivery.scenarios), "past for a newcomer"],
        rows,
    )


def _cost(cost: Cost) -> Table:
    first, last = cost.columns[0].name, cost.columns[-1].name
    rows = []
    for measure in measures(cost):
        ratio = measure.ratio(last, first)
        told = [measure.told(column.name) for column in cost.columns]
        rows.append([measure.title, *told, times(ratio) if ratio else "–"])
    titles = [column.title for column in cost.columns]
    against = f"{titles[-1]} to {low(titles[0])}"
    return Table("What it costs; times are medians", ["", *titles, against], rows)


PARTS: dict[str, tuple[type, Callable[[Any], Table]]] = {
    "reads": (Reads, _reads),
    "history": (History, _history),
    "delivery": (Delivery, _delivery),
    "cost": (Cost, _cost),
    "faults": (Faults, _faults),
}
