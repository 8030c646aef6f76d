"""Part 2 on the page: what it takes to bring a newcomer up to date."""

from collections.abc import Callable, Sequence
from functools import partial

from comparison.page import ways
from comparison.page.charts.bars import Bar, Bars, Group, bars
from comparison.page.sections import history_findings, history_outages
from comparison.page.sections.history_tables import tables
from comparison.page.sections.section import Figure, Panel, Section
from comparison.page.shapes.history import History
from comparison.page.shapes.named import Named
from comparison.page.wording import ms, plain

TITLE = "How a newcomer gets the past"
ASKS = (
    "A service is added when the blog is old already, and has to know all posts and comments. What "
    "does that take, and what if one of the others is down?"
)

LISTENS = {
    "after": "Listens to what comes after the copy",
    "before": "Listens to what comes before the copy is made",
    "always": "Reads what comes in the same place",
}


def section(history: History) -> Section:
    figures = [_times(history)]
    if history.code:
        figures.append(_code(history))
    if history.outages:
        figures.append(history_outages.figure(history, history.outages))
    if history.moving and history.moving.cells:
        figures.append(_moving(history))
    return Section(
        lead=history_findings.lead(history),
        panels=[Panel(figures, tables(history))],
        findings=history_findings.findings(history),
        method=history.method,
    )


def _times(history: History) -> Figure:
    most = max(history.posts, default=0)
    groups = [
        Group(
            f"{delay:g} ms of delay on each hop",
            _bars(history.ways, partial(_time, history, most, delay), ms),
        )
        for delay in history.delays_ms
    ]
    title = f"Time for {most:,} posts and their comments"
    return _figure("history-time", title, groups, "Median, until the newcomer has all of it.")


def _time(history: History, posts: int, delay: float, way: str) -> float | None:
    cell = history.cell(way, posts, delay)
    return cell.p50_ms if cell else None


def _code(history: History) -> Figure:
    def past(way: str) -> float | None:
        code = history.code_of(way)
        return code.newcomer_past if code else None

    def others(way: str) -> float | None:
        code = history.code_of(way)
        return code.others_past if code else None

    groups = [
        Group("In the newcomer, for the past alone", _bars(history.ways, past, plain)),
        Group("In the others, for the newcomer", _bars(history.ways, others, plain)),
    ]
    return _figure("history-code", "Lines of code that it takes", groups, "Without tests.")


def _moving(history: History) -> Figure:
    titles = {way.name: way.title for way in history.ways}
    cells = history.moving.cells if history.moving else []
    groups = [
        Group(
            LISTENS.get(listens, listens),
            tuple(
                Bar(
                    ways.short(cell.way, titles.get(cell.way, cell.way)),
                    cell.wrong,
                    f"{cell.wrong:,}",
                    ways.look(cell.way),
                )
                for cell in cells
                if cell.listens == listens
            ),
        )
        for listens in dict.fromkeys(cell.listens for cell in cells)
    ]
    return _figure(
        "history-moving",
        "Rows that stay wrong after a copy amid writes",
        groups,
        "Missing, out of date, or of something deleted, when all that was said later had come.",
    )


def _bars(
    all_: Sequence[Named],
    value: Callable[[str], float | None],
    number: Callable[[float | None], str],
) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            ways.short(way.name, way.title),
            found := value(way.name),
            number(found) if found is not None else "not measured",
            ways.look(way.name),
        )
        for way in all_
    )


def _figure(id: str, title: str, groups: Sequence[Group], note: str) -> Figure:
    said = "; ".join(
        f"{group.name}: " + ", ".join(f"{bar.name} {bar.number}" for bar in group.bars)
        for group in groups
    )
    return Figure(title, bars(Bars(id, title, said, tuple(groups), together=True)), note)
