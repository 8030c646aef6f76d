"""What was made at a broker that others use is taken away again."""

from typing import Any

from kombu import Connection
from redis import Redis

from comparison.delivery.small.broker import Broker
from comparison.delivery.small.services import SERVICES
from config.processes import layout


def forget(url: str, prefix: str) -> None:
    """Every queue and exchange of ours that begins with ``prefix``."""
    if url.startswith("redis"):
        with Redis.from_url(url) as redis:
            for key in redis.scan_iter(f"*{prefix}*"):
                redis.delete(key)
        return
    ours = Broker(url, "", prefix)
    nudges = [f"{prefix}{service}" for service in layout.SERVICES]
    with Connection(url, connect_timeout=3) as broker:
        channel: Any = broker.default_channel
        for name in [*nudges, *(ours.queue_of(service).name for service in SERVICES.values())]:
            channel.queue_delete(name)
        for name in [*nudges, ours.exchange.name]:
            channel.exchange_delete(name)
