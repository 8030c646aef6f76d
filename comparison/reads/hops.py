"""The network as it is: what one hop really takes."""

from comparison.measure import percentile, timed
from comparison.reads.asking import Client

TIMES = 50


def round_trip(client: Client) -> float:
    """Seconds, in the median, of the smallest request there is, with the client's delay."""
    calls = client.network.calls(client.delay)
    url = f"{client.addresses['query']}/healthz"
    return percentile([timed(lambda: calls.get(url))[0] for _ in range(TIMES)], 50)
