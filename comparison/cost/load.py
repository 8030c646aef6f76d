"""How old the page is, by how many comments are written a second."""

import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

from comparison.cost.blog import Blog, is_final
from comparison.cost.results import Stale
from comparison.cost.running import Running, Work
from lab.load import Sent, open_loop
from lab.statistics import summary

POLL_SECONDS = 0.01
"""Between looks at the posts, which are work for the blog as well."""

TIMEOUT_SECONDS = 20.0
"""After the last response, for all comments to be shown."""

REACHED = 0.95
"""This share of a rate counts as that rate."""


def staleness(running: Running, rate: float, seconds: float) -> Stale:
    """Writes comments at this rate for so long, and polls until all are shown."""
    count = max(2, round(rate * seconds))
    blog, comments, arrived = running.blog, dict[int, str](), Event()
    posts = blog.posts_for(count)
    expected: dict[str, set[str]] = {post: set() for post in posts}
    work = Work(running.processes)

    def write(number: int) -> None:
        comments[number] = blog.comment(posts[number], number)
        expected[posts[number]].add(comments[number])
        arrived.set()

    def load() -> tuple[list[Sent], float]:
        return open_loop(write, count, rate), work.share()

    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load)
        shown_at = observe(blog, expected, loading, arrived)
    sent, share = loading.result()
    written = [each for each in sent if not each.failed]
    shown = [(each, at) for each in written if (at := shown_at.get(comments[each.number]))]
    reached = achieved(sent, rate)
    times = {
        "": [at - each.done for each, at in shown],
        "since_due_": [at - each.due for each, at in shown],
        "write_": [each.latency for each in written],
    }
    return Stale(
        column=running.column.name,
        rate=rate,
        sent=count,
        failed=count - len(written),
        achieved=round(reached, 1),
        reached=reached >= REACHED * rate,
        shown=len(shown),
        kept_up=not any(expected.values()),
        cpu_percent=round(share * 100, 1),
        **{
            f"{prefix}{name}": value
            for prefix, each in times.items()
            for name, value in summary(each, 50, 95).items()
        },
    )


def achieved(sent: Sequence[Sent], rate: float) -> float:
    """Successful writes a second, from the first response to the last: ``rate`` where each takes
    equally long; never more."""
    responses = sorted(each.done for each in sent)
    took = max(responses[-1] - responses[0], (len(sent) - 1) / rate)
    written = sum(not each.failed for each in sent)
    return written / len(sent) * (len(sent) - 1) / took


def observe(
    blog: Blog, expected: Mapping[str, set[str]], loading: Future[Any], arrived: Event
) -> dict[str, float]:
    """Takes each comment out of ``expected`` (the saved ones by their post) as soon as it is shown
    with its final status; returns when that was, on the performance counter, by its id.

    ``loading`` adds comments and sets ``arrived``. Those that are not shown in time after its end
    are left.
    """
    shown: dict[str, float] = {}
    loading.add_done_callback(lambda _: arrived.set())
    end = math.inf
    while time.monotonic() < end:
        arrived.clear()
        ended = loading.done()  # first: then all that it adds is there
        if ended:
            loading.result()  # raises what went wrong
            end = min(end, time.monotonic() + TIMEOUT_SECONDS)
        posts = [post for post, comments in expected.items() if comments]
        if ended and not posts:
            break
        for post in posts:
            statuses = blog.statuses(post)
            now = time.perf_counter()
            found = {each for each in expected[post].copy() if is_final(statuses.get(each))}
            expected[post].difference_update(found)
            shown |= dict.fromkeys(found, now)
        if posts:
            time.sleep(POLL_SECONDS)
        else:
            arrived.wait()
    return shown
