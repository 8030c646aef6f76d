"""Measures the page under load: so many are due each second, whether or not those before have come
(an open loop). A closed loop would request less just where a way is slow."""

from collections.abc import Sequence
from itertools import product

from comparison.reads.results import Paced
from comparison.reads.ways import Client, Way
from lab.http import RequestFailed
from lab.load import open_loop
from lab.statistics import summary

WARM_UP_PAGES = 5  # of each way and rate, which are not counted


def paced(
    client: Client, ways: Sequence[Way], posts: int, rates: Sequence[float], seconds: float
) -> list[Paced]:
    """Each way at each of these rates, for so many seconds."""
    return [_paced(client, way, posts, rate, seconds) for rate, way in product(rates, ways)]


def _paced(client: Client, way: Way, posts: int, rate: float, seconds: float) -> Paced:
    def read(number: int) -> None:
        if error := client.read(way, posts).error:
            raise RequestFailed(error)

    sent = open_loop(read, WARM_UP_PAGES + max(1, round(rate * seconds)), rate)[WARM_UP_PAGES:]
    came = [each for each in sent if not each.failed]
    took = max(each.done for each in sent) - min(each.due for each in sent)
    return Paced(
        way=way.name,
        rate=rate,
        # The last page has as long to come as those before it.
        achieved=round(len(came) / max(took, len(sent) / rate), 2),
        pages=len(sent),
        failed=len(sent) - len(came),
        **summary([each.latency for each in came], 50, 95, 99),
    )
