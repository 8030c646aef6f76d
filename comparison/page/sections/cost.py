"""Part 4 on the page: bars of what each architecture costs."""

from comparison.page import columns
from comparison.page.charts.bars import Bar, Bars, Group, bars
from comparison.page.sections import cost_findings, staleness
from comparison.page.sections.section import Figure, Panel, Section, Table
from comparison.page.shapes.cost import Cost
from comparison.page.shapes.measures import Measure, measures
from comparison.page.wording import plain

TITLE = "What it costs"
ASKS = (
    "One application with one database; the blog as a monolith of modules; the same code as "
    "services. How fast, how fresh, how large?"
)


def section(cost: Cost) -> Section:
    found = measures(cost)
    panels = []
    if cost.staleness and cost.staleness.cells:
        panels.append(staleness.panel(cost, cost.staleness.cells))
    figures = [
        _figure(cost, f"cost-{id}", title, chosen)
        for id, title, chosen in (
            ("work", "For each request", [each for each in found if each.work]),
            ("being", "For being there", [each for each in found if not each.work]),
        )
        if chosen
    ]
    panels.append(Panel(figures, [_everything(cost, found), *_latencies(cost)]))
    return Section(
        lead=cost_findings.lead(cost),
        panels=panels,
        findings=cost_findings.findings(cost),
        method=cost.method,
    )


def _figure(cost: Cost, id: str, title: str, chosen: list[Measure]) -> Figure:
    groups = tuple(Group(measure.title, _bars(cost, measure)) for measure in chosen)
    description = "; ".join(
        f"{group.name}: " + ", ".join(f"{bar.name} {bar.number}" for bar in group.bars)
        for group in groups
    )
    drawn = Bars(id, f"{title}: what each architecture costs", description, groups)
    return Figure(title, bars(drawn), note="Each group has a scale of its own. Times are medians.")


def _bars(cost: Cost, measure: Measure) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            columns.short(column.name, column.title),
            value := measure.values.get(column.name),
            measure.number(value) if value is not None else "not measured",
            columns.look(column.name),
        )
        for column in cost.columns
    )


def _everything(cost: Cost, found: list[Measure]) -> Table:
    return Table(
        caption="What each architecture costs; times are medians",
        headings=["", *(column.title for column in cost.columns)],
        rows=[
            [measure.title, *(measure.number(measure.values.get(c.name)) for c in cost.columns)]
            for measure in found
        ],
    )


def _latencies(cost: Cost) -> list[Table]:
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
    return [Table("Every time that was taken, in ms", headings, told, fold=True)] if told else []
