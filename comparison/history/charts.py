"""Bars of time, code and wrong rows, and a heat map of what arrives while something is down."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from comparison.charts import Bar, BarChart, HeatMap, Square
from comparison.formats import ms, plain, share
from comparison.history.results import History
from comparison.history.tables import tables
from comparison.parts import Figure, Panel
from comparison.results import Named

SUBSCRIBED = {
    "after": "Subscribed to new events after the copy",
    "before": "Subscribed to new events before the copy",
    "always": "Reads new events in the same place",
}
Values = Iterable[tuple[Named, float | None]]


def panels(history: History) -> list[Panel]:
    times = {
        f"{delay:g} ms of delay on each hop": [
            (way, getattr(history.cell(way.name, history.most, delay), "p50_ms", None))
            for way in history.ways
        ]
        for delay in history.delays_ms
    }
    title = f"Time for {history.most:,} posts and their comments"
    note = "Median, until the new service has all of it."
    figures = [_bars("history-time", title, times, ms, note)]
    if history.code:
        codes = [(way, history.code_of(way.name)) for way in history.ways]
        lines = {
            title: [(way, getattr(code, attribute, None)) for way, code in codes]
            for title, attribute in (
                ("In the new service, for the past alone", "own_past"),
                ("In the others, for the new service", "others_past"),
            )
        }
        title = "Lines of code that it takes"
        figures.append(_bars("history-code", title, lines, plain, "Without tests."))
    if history.outages.cells:
        figures.append(_outages(history))
    if history.amid_writes.cells:
        wrong = defaultdict(list)
        for copy in history.amid_writes.cells:
            way = Named(copy.way, history.title(copy.way))
            wrong[SUBSCRIBED.get(copy.subscribed, copy.subscribed)].append((way, copy.wrong))
        title = "Rows that stay wrong after a copy amid writes"
        note = "Missing, out of date, or deleted elsewhere, after all later events were handled."
        figures.append(_bars("history-moving", title, wrong, plain, note))
    return [Panel(figures, tables(history))]


def _bars(
    id: str,
    title: str,
    groups: Mapping[str, Values],
    number: Callable[[float | None], str],
    note: str,
) -> Figure:
    bars = {
        name: [Bar.of(way, value, number) for way, value in values]
        for name, values in groups.items()
    }
    return Figure(title, BarChart(id, title, bars, together=True), note)


def _outages(history: History) -> Figure:
    title = "Share of the history that it gets while something is down"

    def square(way: Named, target: Named) -> Square:
        return Square(history.share(way.name, target.name), f"{way.title}; {target.title} down")

    def described(shares: dict[str, float | None]) -> str:
        return ", ".join(f"{name} {share(each)}" for name, each in shares.items())

    chart = HeatMap(
        "history-outages", title, history.ways, history.outages.targets, "down", square, described
    )
    return Figure(title, chart, "Rows, of all that there are.")
