"""The tables of what each architecture costs."""

from comparison.cost.measures import Measure, measures
from comparison.cost.results import Cost, Stale
from comparison.formats import low, percent, plain, times
from comparison.tables import Table


def everything(cost: Cost, found: list[Measure]) -> Table:
    return Table.of_texts(
        caption="What each architecture costs; times are medians",
        headings=["", *(column.title for column in cost.columns)],
        rows=[
            [measure.title, *(measure.number(measure.values.get(c.name)) for c in cost.columns)]
            for measure in found
        ],
        terminal=False,
    )


def latencies(cost: Cost) -> list[Table]:
    titles = {column.name: column.title for column in cost.columns}
    kinds = {kind.name: f"a page, {kind.title}" for kind in cost.read_kinds}
    rows = [("a comment is saved", row) for row in cost.write]
    rows += [("a comment is approved on the page", row) for row in cost.end_to_end]
    rows += [(kinds.get(row.kind, row.kind), row) for row in cost.reads]
    told = [
        [f"{titles.get(row.column, row.column)}: {what}", f"{row.count:,}"]
        + [plain(row.p50_ms), plain(row.p95_ms), plain(row.p99_ms)]
        for what, row in rows
    ]
    headings = ["", "samples", "median", "95 %", "99 %"]
    return (
        [
            Table.of_texts(
                "Every time that was taken, in ms", headings, told, fold=True, terminal=False
            )
        ]
        if told
        else []
    )


def headline(cost: Cost) -> Table:
    first, last = cost.columns[0].name, cost.columns[-1].name
    rows = []
    for measure in measures(cost):
        ratio = measure.ratio(last, first)
        told = [measure.told(column.name) for column in cost.columns]
        rows.append([measure.title, *told, times(ratio) if ratio else "–"])
    titles = [column.title for column in cost.columns]
    against = f"{titles[-1]} to {low(titles[0])}"
    return Table.of_texts("What it costs; times are medians", ["", *titles, against], rows)


def staleness(cost: Cost, cells: list[Stale]) -> Table:
    titles = {column.name: column.title for column in cost.columns}
    return Table.of_texts(
        caption="Staleness by rate of writes, in ms",
        headings=["", "wanted /s", "written /s", "shown", "median", "95 %", "save", "CPU"],
        rows=[
            [titles.get(cell.column, cell.column), plain(cell.rate), plain(cell.achieved)]
            + [f"{cell.shown:,} of {cell.sent:,}", plain(cell.p50_ms), plain(cell.p95_ms)]
            + [plain(cell.write_p50_ms), percent(cell.cpu_percent)]
            for cell in cells
        ],
        fold=True,
        terminal=False,
    )
