"""Part 3 on the page: what is lost, done twice or left pending, by how events travel."""

from collections.abc import Callable

from comparison.page import ways
from comparison.page.charts.bars import Bar, Bars, Group, bars
from comparison.page.sections import delivery_findings
from comparison.page.sections.section import Figure, Panel, Section, Table
from comparison.page.shapes.delivery import Cell, Delivery, Later
from comparison.page.wording import plain, several

TITLE = "How events travel"
ASKS = (
    "While comments are written, something is stopped or killed, and comes back. What has become "
    "of them when nothing moves any more?"
)


def section(delivery: Delivery) -> Section:
    figures = [
        _figure(delivery, "pending", "Pending for ever", lambda cell: cell.pending),
        _figure(delivery, "twice", "Handled more than once", lambda cell: cell.doubled),
    ]
    if delivery.later:
        figures.append(_past(delivery))
    return Section(
        lead=delivery_findings.lead(delivery),
        panels=[Panel(figures, [_cells(delivery), *_later(delivery)])],
        findings=delivery_findings.findings(delivery),
        method=delivery.method,
    )


def _figure(delivery: Delivery, id: str, title: str, count: Callable[[Cell], int]) -> Figure:
    groups = tuple(
        Group(
            f"{scenario.title[:1].upper()}{scenario.title[1:]}",
            tuple(
                Bar(
                    ways.short(way.name, way.title),
                    count(cell),
                    f"{count(cell):,} of {cell.saved:,}",
                    ways.look(way.name),
                )
                for way in delivery.ways
                if (cell := delivery.cell(way.name, scenario.name))
            ),
        )
        for scenario in delivery.scenarios
    )
    groups = tuple(group for group in groups if group.bars)
    drawn = Bars(
        f"delivery-{id}", f"{title}: comments, by what happened", _said(groups), groups, True
    )
    return Figure(title, bars(drawn), note="Comments, of all that were saved.")


def _past(delivery: Delivery) -> Figure:
    titles = {way.name: way.title for way in delivery.ways}
    group = Group(
        "",
        tuple(
            Bar(
                ways.short(row.way, titles.get(row.way, row.way)),
                row.past_got,
                f"{row.past_got:,} of {row.past:,}",
                ways.look(row.way),
            )
            for row in delivery.later
        ),
    )
    title = "What a service that comes later gets of the past"
    drawn = Bars("delivery-past", title, _said((group,)), (group,))
    return Figure(title, bars(drawn), note="Comments that were written before it was there.")


def _said(groups: tuple[Group, ...]) -> str:
    return "; ".join(
        f"{group.name or 'Comments'}: "
        + ", ".join(f"{bar.name} {bar.number}" for bar in group.bars)
        for group in groups
    )


def _cells(delivery: Delivery) -> Table:
    rows = [
        [f"{scenario.title}: {way.title}", *_numbers(cell)]
        for scenario in delivery.scenarios
        for way in delivery.ways
        if (cell := delivery.cell(way.name, scenario.name))
    ]
    return Table(
        caption=f"What became of the comments, {several(delivery.comments, 'comment')} each",
        headings=[
            "",
            "answered",
            "saved",
            "decided",
            "pending for ever",
            "lost",
            "lost on the way back",
        ]
        + ["twice", "twice on the way back", "settled after s", "faults"],
        rows=rows,
        fold=True,
    )


def _numbers(cell: Cell) -> list[str]:
    counts = (cell.written, cell.saved, cell.decided, cell.pending, cell.lost, cell.lost_back)
    more = (cell.twice, cell.twice_back)
    return [*(f"{count:,}" for count in counts + more), plain(cell.settled_s), f"{cell.struck:,}"]


def _later(delivery: Delivery) -> list[Table]:
    titles = {way.name: way.title for way in delivery.ways}

    def row(later: Later) -> list[str]:
        got = [f"{later.past_got:,} of {later.past:,}", f"{later.new_got:,} of {later.new:,}"]
        return [titles.get(later.way, later.way), *got, plain(later.settled_s)]

    headings = ["", "of the past", "of what came then", "settled after s"]
    rows = [row(later) for later in delivery.later]
    return [Table("A service that is added later", headings, rows, fold=True)] if rows else []
