"""The broker of a way, and the plug that connects it: pulled, nobody reaches the broker, which
itself goes on."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from comparison.delivery.forgetting import forget
from lab.cable import Cable
from lab.sandbox import Sandbox

PORTS = {"redis": 6379, "amqp": 5672}


class Plug(ABC):
    """``settings`` are the blog's, with which a process finds the broker."""

    settings: dict[str, str]

    @abstractmethod
    def pull(self) -> None: ...

    @abstractmethod
    def put_in(self) -> None: ...


class FilesPlug(Plug):
    """A broker of files in ``folder``. Processes know it by a link, in whose place a plain file
    comes when the plug is pulled: at no moment could somebody make the queues anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._link = folder.with_name(f"{folder.name}-link")
        self._other = folder.with_name(f"{folder.name}-other")
        self.settings = {"BROKER_FOLDER": str(self._link)}
        folder.mkdir()
        self.put_in()

    def pull(self) -> None:
        self._other.touch()
        self._other.replace(self._link)

    def put_in(self) -> None:
        self._other.symlink_to(self.folder)
        self._other.replace(self._link)


class CablePlug(Plug):
    """A broker that is a server, and may have other work to do: names in it begin with
    ``prefix``."""

    def __init__(self, cable: Cable, url: str, prefix: str) -> None:
        self._cable = cable
        self.settings = {"BROKER_URL": cable.through(url), "QUEUE_PREFIX": prefix}

    def pull(self) -> None:
        self._cable.cut()

    def put_in(self) -> None:
        self._cable.mend()


def kind_of(mine: Mapping[str, str]) -> str:
    """Of the broker that the environment ``mine`` names: ``filesystem``, ``redis``, ``amqp``."""
    return mine.get("BROKER_URL", "").partition(":")[0] or "filesystem"


@contextmanager
def plug_for(box: Sandbox, mine: Mapping[str, str], name: str) -> Iterator[Plug]:
    """To the broker that ``mine`` names, else to one of files. Nothing of ours stays there."""
    url, prefix = mine.get("BROKER_URL", ""), f"{box.name}-{name}-"
    if (kind := kind_of(mine)) == "filesystem":
        yield FilesPlug(box.var / f"broker-{name}")
        return
    try:
        with Cable.to(url, PORTS.get(kind, 0)) as cable:
            yield CablePlug(cable, url, prefix)
    finally:
        forget(url, prefix)
