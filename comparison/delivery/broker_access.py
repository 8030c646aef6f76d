"""How the processes of a way reach their broker, and how they lose and regain that access while the
broker itself goes on."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from comparison.delivery.broker import Broker
from lab.cable import Cable
from lab.sandbox import Sandbox

PORTS = {"redis": 6379, "amqp": 5672}


class BrokerAccess(ABC):
    """``settings`` are the blog's, with which a process finds the broker."""

    settings: dict[str, str]

    @abstractmethod
    def disconnect(self) -> None: ...

    @abstractmethod
    def reconnect(self) -> None: ...


class FileBrokerAccess(BrokerAccess):
    """A broker of files in ``folder``. Processes know it by a symbolic link. To disconnect, a plain
    file takes the place of the link: at no moment could a process make the queues anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._link = folder.with_name(f"{folder.name}-link")
        self._other = folder.with_name(f"{folder.name}-other")
        self.settings = {"BROKER_FOLDER": str(self._link)}
        folder.mkdir()
        self.reconnect()

    def disconnect(self) -> None:
        self._other.touch()
        self._other.replace(self._link)

    def reconnect(self) -> None:
        self._other.symlink_to(self.folder)
        self._other.replace(self._link)


class ServerBrokerAccess(BrokerAccess):
    """A broker that is a server, and may have other work to do: names in it begin with
    ``prefix``."""

    def __init__(self, cable: Cable, url: str, prefix: str) -> None:
        self._cable = cable
        self.settings = {"BROKER_URL": cable.through(url), "QUEUE_PREFIX": prefix}

    def disconnect(self) -> None:
        self._cable.cut()

    def reconnect(self) -> None:
        self._cable.mend()


def kind_of_broker(environment: Mapping[str, str]) -> str:
    """``filesystem``, ``redis`` or ``amqp``."""
    return environment.get("BROKER_URL", "").partition(":")[0] or "filesystem"


@contextmanager
def broker_access(
    box: Sandbox, environment: Mapping[str, str], name: str
) -> Iterator[BrokerAccess]:
    """To the broker that the environment names, else to one of files. Everything that was made in
    it is deleted at the end."""
    url, prefix = environment.get("BROKER_URL", ""), f"{box.name}-{name}-"
    if (kind := kind_of_broker(environment)) == "filesystem":
        yield FileBrokerAccess(box.var / f"broker-{name}")
        return
    try:
        with Cable.to(url, PORTS.get(kind, 0)) as cable:
            yield ServerBrokerAccess(cable, url, prefix)
    finally:
        Broker(url, "", prefix).delete_everything()
