"""The broker of a way, and the plug that connects it: pulled, nobody reaches the broker, which
itself goes on."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from comparison.lab.sandbox import Sandbox


class Plug(ABC):
    """``settings`` are those of the blog with which a process finds the broker."""

    settings: dict[str, str]
    in_files: ClassVar[bool]

    @abstractmethod
    def pull(self) -> None: ...

    @abstractmethod
    def put_in(self) -> None: ...

    def close(self) -> None:  # noqa: B027 - most leave nothing
        """Leaves nothing behind at a broker that others use."""


class FilesPlug(Plug):
    """A broker of files in ``folder``. Processes know it by a link, in whose place a plain file
    comes when the plug is pulled: there is no moment at which a queue could be made anew."""

    in_files = True

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


@contextmanager
def plug_for(box: Sandbox, mine: Mapping[str, str], name: str) -> Iterator[Plug]:
    """The broker that ``mine`` names, or one of files."""
    plug = FilesPlug(box.var / f"broker-{name}")
    try:
        yield plug
    finally:
        plug.close()
