"""Bars of time, code and wrong rows, and a heat map of what arrives while something is down."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from comparison.charts import Bar, BarChart, HeatMap, Square
from comparison.formats import ms, plain, share
from comparison.history.results import History
from comparison.history.tables import of_way, tables
from comparison.parts import Figure, Panel
from comparison.results import Named

Number = Callable[[float | None], str]

SUBSCRIBED = {
    "after": "Subscribed to new events after the copy",
    "before": "Subscribed to new events before the copy",
    "always": "Reads new events in the same place",
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
    return Figure(title, BarChart(id, title, groups, together=True), note)


def _outages(history: History) -> Figure:
    title = "Share of the history that it gets while something is down"

    def square(way: Named, target: Named) -> Square:
        return Square(history.share(way.name, target.name), f"{way.title}; {target.title} down")

    def described(shares: dict[str, float | None]) -> str:
        return ", ".join(f"{name} {share(each)}" for name, each in shares.items())

    chart = HeatMap.of(
        "history-outages", title, history.ways, history.outages.targets, "down", square, described
    )
    return Figure(title, chart, "Rows, of all that there are.")
