"""Part 2 on the page: a heat map of what a newcomer gets while something is down."""

from comparison.page import ways
from comparison.page.charts.heatmap import Cell, HeatMap, heat_map
from comparison.page.sections.section import Figure
from comparison.page.shapes.history import History, Outages
from comparison.page.wording import share

COLUMNS = {
    "posts": "posts",
    "comments": "comments",
    "posts-and-comments": "both\nservices",
    "posts-database": "posts’\ndata",
    "comments-database": "comm.’\ndata",
    "logins-database": "logins",
    "eventstore-database": "event\nstore",
}


def figure(history: History, outages: Outages) -> Figure:
    title = "Share of the past that it gets while something is down"
    drawn = HeatMap(
        id="history-outages",
        title=title,
        description="; ".join(
            f"{target.title} down: "
            + ", ".join(
                f"{ways.short(way.name, way.title)} {share(outages.share(way.name, target.name))}"
                for way in history.ways
            )
            for target in outages.targets
        ),
        rows=tuple(ways.short(way.name, way.title) for way in history.ways),
        columns=tuple(COLUMNS.get(target.name, target.title) for target in outages.targets),
        cells=tuple(
            tuple(
                Cell(outages.share(way.name, target.name), f"{way.title}; {target.title} down")
                for target in outages.targets
            )
            for way in history.ways
        ),
    )
    return Figure(title, heat_map(drawn), "Rows, of all that there are.")
