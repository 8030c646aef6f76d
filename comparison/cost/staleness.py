"""How long the page is behind what was written, by how much is written."""

from typing import Any

from comparison.cost.blog import OF_ONE_POST
from comparison.cost.pace import achieved, paced
from comparison.cost.processes import Work
from comparison.cost.running import Running
from comparison.cost.watch import Watch
from lab.statistics import summary

PATIENCE = 20.0
"""Seconds after the last answer for all to be shown."""

REACHED = 0.95
"""Of a rate, is that rate."""


def staleness(running: Running, rate: float, seconds: float) -> dict[str, Any]:
    """Writes comments at this rate for so long, and looks until all are shown.

    ``p…_ms``: from a comment's answer until it was seen with its final status, in steps of a
    look; ``since_due_p…_ms``: the same from when the comment was to be sent."""
    count = max(2, round(rate * seconds))
    blog, comments = running.blog, {}
    posts = blog.posts_for(count)
    work = Work(running.processes)
    with Watch(blog) as watch:

        def write(number: int) -> None:
            post = posts[number // OF_ONE_POST]
            comments[number] = blog.comment(post, number)
            watch.await_(post, comments[number])

        sent = paced(rate, count, write)
        share = work.share()
        kept_up = watch.wait(PATIENCE)
    well = [(each, watch.shown.get(comments[each.number])) for each in sent if not each.failed]
    shown = [(each, at) for each, at in well if at is not None]
    reached = achieved(sent, rate)
    return {
        "column": running.column.name,
        "rate": rate,
        "sent": count,
        "failed": count - len(well),
        "achieved": round(reached, 1),
        "reached": reached >= REACHED * rate,
        "shown": len(shown),
        "kept_up": kept_up,
        **summary([at - each.answered for each, at in shown], 50, 95),
        **_named("since_due", [at - each.due for each, at in shown]),
        **_named("write", [each.late for each, _ in well]),
        "cpu_percent": round(share * 100, 1),
    }


def _named(name: str, seconds: list[float]) -> dict[str, float | None]:
    return {f"{name}_{figure}": value for figure, value in summary(seconds, 50, 95).items()}
