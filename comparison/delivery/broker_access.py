"""How the processes of a way reach their broker, and how they lose and regain that access while the
broker itself goes on."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from comparison.delivery.broker import Broker
from comparison.delivery.services import SERVICES
from config.processes import layout
from lab.cable import Cable
from lab.sandbox import Sandbox
from lab.servers import delete_queues

PORTS = {"redis": 6379, "amqp": 5672}


class BrokerAccess(NamedTuple):
    """``settings`` are the blog's, with which a process finds the broker."""

    settings: dict[str, str]
    disconnect: Callable[[], None]
    reconnect: Callable[[], None]


def kind_of_broker(environment: Mapping[str, str]) -> str:
    """``filesystem``, ``redis`` or ``amqp``."""
    return environment.get("BROKER_URL", "").partition(":")[0] or "filesystem"


@contextmanager
def broker_access(
    box: Sandbox, environment: Mapping[str, str], name: str
) -> Iterator[BrokerAccess]:
    """To the broker that the environment names, else to one of files. Everything that was made in
    it, by the nudges too, is deleted at the end: others may use the broker."""
    kind = kind_of_broker(environment)
    if kind == "filesystem":
        yield file_broker_access(box.var / f"broker-{name}")
        return
    broker = Broker({**environment, "QUEUE_PREFIX": f"{box.name}-{name}-"})
    try:
        with Cable(broker.url, PORTS.get(kind, 0)) as cable:
            settings = {"BROKER_URL": cable.through(broker.url), "QUEUE_PREFIX": broker.prefix}
            yield BrokerAccess(settings, cable.cut, cable.restore)
    finally:
        nudges = [f"{broker.prefix}{service}" for service in layout.SERVICES]
        queues = [broker.queue_of(service).name for service in SERVICES.values()]
        exchanges = [*nudges, broker.exchange.name]
        delete_queues(broker.url, broker.prefix, [*nudges, *queues], exchanges)


def file_broker_access(folder: Path) -> BrokerAccess:
    """Processes know the broker by a symbolic link. To disconnect, a plain file takes the place of
    the link: at no moment could a process make the queues anew."""
    link, other = folder.with_name(f"{folder.name}-link"), folder.with_name(f"{folder.name}-other")

    def disconnect() -> None:
        other.touch()
        other.replace(link)

    def reconnect() -> None:
        other.symlink_to(folder)
        other.replace(link)

    folder.mkdir()
    reconnect()
    return BrokerAccess({"BROKER_FOLDER": str(link)}, disconnect, reconnect)
