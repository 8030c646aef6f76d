"""Bars of time, code and wrong rows, and a heat map of what arrives while something is down."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from comparison.charts import Bar, BarChart, HeatMap, Square
from comparison.formats import ms, plain, share
from comparison.history.results import History
from comparison.history.tables import tables
from comparison.parts import Figure, Panel
from comparison.results import Named, find, title_of

Number = Callable[[float | None], str]
SUBSCRIBED = {
    "after": "Subscribed to new events after the copy",
    "before": "Subscribed to new events before the copy",
    "always": "Reads new events in the same place",
}


def panels(history: History) -> list[Panel]:
    def bars(rows: Iterable[Any], name: str, number: Number, **wanted: object) -> list[Bar]:
        found = [(way, find(rows, way=way.name, **wanted)) for way in history.ways]
        return [Bar.of(way, getattr(row, name, None), number) for way, row in found]

    times = {
        f"{delay:g} ms of delay on each hop": bars(
            history.cells, "p50_ms", ms, posts=history.most, delay_ms=delay
        )
        for delay in history.delays_ms
    }
    title = f"Time for {history.most:,} posts and their comments"
    note = "Median, until the new service has all of it."
    figures = [_bars("history-time", title, times, note)]
    if history.code:
        lines = {
            "In the new service, for the past alone": bars(history.code, "own_past", plain),
            "In the others, for the new service": bars(history.code, "others_past", plain),
        }
        title = "Lines of code that it takes"
        figures.append(_bars("history-code", title, lines, "Without tests."))
    if history.outages.cells:
        figures.append(_outages(history))
    if history.amid_writes.cells:
        wrong = defaultdict(list)
        for copy in history.amid_writes.cells:
            bar = Bar.of(Named(copy.way, title_of(copy.way, history.ways)), copy.wrong, plain)
            wrong[SUBSCRIBED.get(copy.subscribed, copy.subscribed)].append(bar)
        title = "Rows that stay wrong after a copy amid writes"
        note = "Missing, out of date, or deleted elsewhere, after all later events were handled."
        figures.append(_bars("history-moving", title, wrong, note))
    return [Panel(figures, tables(history))]


def _bars(id: str, title: str, groups: Mapping[str, list[Bar]], note: str) -> Figure:
    return Figure(title, BarChart(id, title, groups, together=True), note)


def _outages(history: History) -> Figure:
    title = "Share of the history that it gets while something is down"

    def square(way: Named, target: Named) -> Square:
        return Square(history.share(way.name, target.name), f"{way.title}; {target.title} down")

    def described(shares: dict[str, float | None]) -> str:
        return ", ".join(f"{name} {share(each)}" for name, each in shares.items())

    ways, targets = history.ways, history.outages.targets
    chart = HeatMap("history-outages", title, ways, targets, "down", square, described)
    return Figure(title, chart, "Rows, of all that there are.")
