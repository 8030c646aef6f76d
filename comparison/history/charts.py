"""What it takes to bring a new service up to date: time, code, outages, rows that stay wrong."""

from collections.abc import Callable, Sequence
from functools import partial

from comparison.charts import Bar, BarChart, Group, HeatMap, Square
from comparison.formats import ms, plain, share
from comparison.history.results import History, Outages
from comparison.history.tables import tables
from comparison.part import Figure, Panel
from comparison.results import Named
from comparison.styles import short_name, style_of

LISTENS = {
    "after": "Listens to what comes after the copy",
    "before": "Listens to what comes before the copy is made",
    "always": "Reads what comes in the same place",
}
COLUMNS = {
    "posts": "posts",
    "comments": "comments",
    "posts-and-comments": "both\nservices",
    "posts-database": "posts’\ndata",
    "comments-database": "comm.’\ndata",
    "logins-database": "logins",
    "eventstore-database": "event\nstore",
}


def panels(history: History) -> list[Panel]:
    figures = [_times(history)]
    if history.code:
        figures.append(_code(history))
    if history.outages:
        figures.append(_outages(history, history.outages))
    if history.moving and history.moving.cells:
        figures.append(_moving(history))
    return [Panel(figures, tables(history))]


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
                    short_name(cell.way, titles.get(cell.way, cell.way)),
                    cell.wrong,
                    f"{cell.wrong:,}",
                    style_of(cell.way),
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
    ways: Sequence[Named],
    value: Callable[[str], float | None],
    number: Callable[[float | None], str],
) -> tuple[Bar, ...]:
    return tuple(Bar.of(way, value(way.name), number) for way in ways)


def _figure(id: str, title: str, groups: Sequence[Group], note: str) -> Figure:
    return Figure(title, BarChart(id, title, tuple(groups), together=True), note)


def _outages(history: History, outages: Outages) -> Figure:
    title = "Share of the past that it gets while something is down"
    drawn = HeatMap(
        id="history-outages",
        title=title,
        description="; ".join(
            f"{target.title} down: "
            + ", ".join(
                f"{short_name(way.name, way.title)} {share(outages.share(way.name, target.name))}"
                for way in history.ways
            )
            for target in outages.targets
        ),
        rows=tuple(short_name(way.name, way.title) for way in history.ways),
        columns=tuple(COLUMNS.get(target.name, target.title) for target in outages.targets),
        squares=tuple(
            tuple(
                Square(outages.share(way.name, target.name), f"{way.title}; {target.title} down")
                for target in outages.targets
            )
            for way in history.ways
        ),
    )
    return Figure(title, drawn, "Rows, of all that there are.")
