"""How long the newcomer takes to get the past, and what that takes of the others."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from comparison.history import WAYS
from comparison.history.newcomer import Newcomer
from comparison.history.orders import Copied
from comparison.history.way import Blog, Way
from comparison.measure import interleaved, milliseconds, percentile, spread
from comparison.reads.way import Takes
from lab.data import PostData
from lab.errors import LabFailed


def copies(
    late: Newcomer, data: Sequence[PostData], delay: float, rounds: int
) -> Iterator[dict[str, Any]]:
    """A cell for each way. Raises LabFailed where one gets another past than there is."""
    there = Blog.of(data)
    runs = {way.name: partial(late.copy, way, delay) for way in WAYS}
    by_name = {way.name: way for way in WAYS}
    samples: dict[str, list[Copied]] = defaultdict(list)
    for name, _, copied in interleaved(runs, rounds):
        check(late, by_name[name], copied, there)
        samples[name].append(copied)
    shared = {"posts": there.posts, "delay_ms": milliseconds(delay)}
    for way in WAYS:
        yield shared | _cell(way, there, samples[way.name])


def check(late: Newcomer, way: Way, copied: Copied, there: Blog) -> None:
    """Raises LabFailed where the newcomer has other rows than the services, or took other than it
    should."""
    if copied.errors:
        raise LabFailed(f"{way.name} does not get the past: {copied.errors[0]}")
    found = late.difference()
    if not found.is_none or copied.posts + copied.comments != there.rows:
        raise LabFailed(f"{way.name} gets another past: {found}, {there.rows} rows are there")
    took = Takes(copied.requests, copied.queries)
    if took != way.takes(there):
        raise LabFailed(f"{way.name} took {took}, and not {way.takes(there)}")


def _cell(way: Way, there: Blog, samples: list[Copied]) -> dict[str, Any]:
    seconds = [sample.seconds for sample in samples]
    takes = way.takes(there)  # it was checked that it does
    return {
        "way": way.name,
        "rounds": len(samples),
        "requests": takes.requests,
        "queries": takes.queries,
        "written": samples[-1].written,
        "rows": there.rows,
        "records": samples[-1].records,
        "bytes": samples[-1].size,
        "rows_per_second": round(there.rows / percentile(seconds, 50), 1),
        **spread(seconds),
    }
