"""Bars of time, code and wrong rows, and a heat map of what arrives while something is down."""

from collections.abc import Sequence
from typing import Any

from comparison.charts import Bar, BarChart, Group, HeatMap, Square
from comparison.formats import ms, plain, share
from comparison.history.results import History, Outages
from comparison.history.tables import tables
from comparison.part import Figure, Panel
from comparison.results import Named
from comparison.styles import short_name

SUBSCRIBED = {
    "after": "Subscribed to new events after the copy",
    "before": "Subscribed to new events before the copy",
    "always": "Reads new events in the same place",
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
    if history.copies:
        figures.append(_amid_writes(history))
    return [Panel(figures, tables(history))]


def _times(history: History) -> Figure:
    def p50(way: str, delay: float) -> float | None:
        return getattr(history.cell(way, history.most, delay), "p50_ms", None)

    groups = [
        Group(
            f"{delay:g} ms of delay on each hop",
            tuple(Bar.of(way, p50(way.name, delay), ms) for way in history.ways),
        )
        for delay in history.delays_ms
    ]
    title = f"Time for {history.most:,} posts and their comments"
    return _bars("history-time", title, groups, "Median, until the new service has all of it.")


def _code(history: History) -> Figure:
    def lines(name: str) -> tuple[Bar, ...]:
        codes: list[tuple[Named, Any]] = [(way, history.code_of(way.name)) for way in history.ways]
        return tuple(Bar.of(way, getattr(code, name, None), plain) for way, code in codes)

    groups = [
        Group("In the new service, for the past alone", lines("own_past")),
        Group("In the others, for the new service", lines("others_past")),
    ]
    return _bars("history-code", "Lines of code that it takes", groups, "Without tests.")


def _amid_writes(history: History) -> Figure:
    groups = [
        Group(
            SUBSCRIBED.get(subscribed, subscribed),
            tuple(
                Bar.of(Named(copy.way, history.title(copy.way)), copy.wrong, plain)
                for copy in history.copies
                if copy.subscribed == subscribed
            ),
        )
        for subscribed in dict.fromkeys(copy.subscribed for copy in history.copies)
    ]
    return _bars(
        "history-moving",
        "Rows that stay wrong after a copy amid writes",
        groups,
        "Missing, out of date, or deleted elsewhere, after all later events were handled.",
    )


def _bars(id: str, title: str, groups: Sequence[Group], note: str) -> Figure:
    return Figure(title, BarChart(id, title, tuple(groups), together=True), note)


def _outages(history: History, outages: Outages) -> Figure:
    title = "Share of the history that it gets while something is down"
    names = {way.name: short_name(way.name, way.title) for way in history.ways}
    chart = HeatMap(
        id="history-outages",
        title=title,
        description="; ".join(
            f"{target.title} down: "
            + ", ".join(
                f"{name} {share(outages.share(way, target.name))}" for way, name in names.items()
            )
            for target in outages.targets
        ),
        rows=tuple(names.values()),
        columns=tuple(COLUMNS.get(target.name, target.title) for target in outages.targets),
        squares=tuple(
            tuple(
                Square(outages.share(way.name, target.name), f"{way.title}; {target.title} down")
                for target in outages.targets
            )
            for way in history.ways
        ),
    )
    return Figure(title, chart, "Rows, of all that there are.")
