"""Bars of time, code and wrong rows, and a heat map of what arrives while something is down."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from comparison.charts import Bar, BarChart, Group, HeatMap, Square
from comparison.formats import ms, plain, share
from comparison.history.results import History
from comparison.history.tables import of_way, tables
from comparison.part import Figure, Panel
from comparison.results import Named
from comparison.styles import short_name

Number = Callable[[float | None], str]

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
    def of_ways(values: dict[str, Callable[[Named], Any]], number: Number) -> dict[str, list[Bar]]:
        return {
            title: [Bar.of(way, value(way), number) for way in history.ways]
            for title, value in values.items()
        }

    times = {
        f"{delay:g} ms of delay on each hop": of_way(
            partial(history.cell, posts=history.most, delay=delay), "p50_ms"
        )
        for delay in history.delays_ms
    }
    lines = {
        "In the new service, for the past alone": of_way(history.code_of, "own_past"),
        "In the others, for the new service": of_way(history.code_of, "others_past"),
    }
    title = f"Time for {history.most:,} posts and their comments"
    note = "Median, until the new service has all of it."
    figures = [_bars("history-time", title, of_ways(times, ms), note)]
    if history.code:
        title = "Lines of code that it takes"
        figures.append(_bars("history-code", title, of_ways(lines, plain), "Without tests."))
    if history.outages.cells:
        figures.append(_outages(history))
    if history.amid_writes.cells:
        figures.append(_amid_writes(history))
    return [Panel(figures, tables(history))]


def _amid_writes(history: History) -> Figure:
    groups: dict[str, list[Bar]] = {}
    for copy in history.amid_writes.cells:
        way = Named(copy.way, history.title(copy.way))
        title = SUBSCRIBED.get(copy.subscribed, copy.subscribed)
        groups.setdefault(title, []).append(Bar.of(way, copy.wrong, plain))
    return _bars(
        "history-moving",
        "Rows that stay wrong after a copy amid writes",
        groups,
        "Missing, out of date, or deleted elsewhere, after all later events were handled.",
    )


def _bars(id: str, title: str, groups: Mapping[str, list[Bar]], note: str) -> Figure:
    named = tuple(Group(name, tuple(bars)) for name, bars in groups.items())
    return Figure(title, BarChart(id, title, named, together=True), note)


def _outages(history: History) -> Figure:
    title = "Share of the history that it gets while something is down"
    targets = history.outages.targets
    names = {way.name: short_name(way.name, way.title) for way in history.ways}
    chart = HeatMap(
        id="history-outages",
        title=title,
        description="; ".join(
            f"{target.title} down: "
            + ", ".join(
                f"{name} {share(history.share(way, target.name))}" for way, name in names.items()
            )
            for target in targets
        ),
        rows=tuple(names.values()),
        columns=tuple(COLUMNS.get(target.name, target.title) for target in targets),
        squares=tuple(
            tuple(
                Square(history.share(way.name, target.name), f"{way.title}; {target.title} down")
                for target in targets
            )
            for way in history.ways
        ),
    )
    return Figure(title, chart, "Rows, of all that there are.")
