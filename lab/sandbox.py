"""A place of its own for each experiment: folder, databases, environment. Never the user's blog."""

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from config.processes.paths import RunPaths
from config.services import ALL_SERVICES
from lab.children import Child
from lab.errors import LabFailed
from lab.guard import Guard

ALIASES = ("default", "eventstore", *ALL_SERVICES)
BLOG_SETTINGS = "config.settings"  # the blog as it is, which counts nothing and has no faults

# What the lab's processes inherit: nothing that is a setting of the blog.
INHERITED = re.compile("PATH|HOME|USER|LANG|TMPDIR|LD_LIBRARY_PATH|LC_.*|PG.*|PYTHON.*")


@dataclass(frozen=True)
class Sandbox:
    """``var`` is its folder; ``environment`` makes a process work in it, and nowhere else."""

    name: str
    var: Path
    environment: Mapping[str, str] = field(repr=False)
    guard: Guard = field(repr=False)

    @property
    def paths(self) -> RunPaths:
        return RunPaths(self.var)

    @property
    def database(self) -> str:
        """Its databases are ``sqlite``, ``postgresql`` or ``mariadb``."""
        kind = database_kind(self.environment)
        return {"postgres": "postgresql", "mysql": "mariadb"}.get(kind, kind)

    def database_url(self, alias: str) -> str:
        """The URL of one of its databases: for a process of another sandbox that uses it."""
        beside = f"sqlite:///{quote(str(self.var))}/{{alias}}.sqlite3"
        return self.environment.get("DATABASE_URL", beside).replace("{alias}", alias)

    def prepare(self) -> None:
        """Creates and migrates the databases. Raises LabFailed."""
        self.run("lab.databases", "prepare")

    def run(self, module: str, *arguments: object) -> Any:
        """What ``python -m module`` prints as JSON, None for nothing. Raises LabFailed."""
        with self.child(module, *arguments) as child:
            return child.finish()

    def child(self, module: str, *arguments: object) -> Child:
        """A process that works in the sandbox; a context."""
        return Child(module, *arguments, environment=self.environment, guard=self.guard)


@contextmanager
def sandbox(database_url: str | None = None, **variables: str) -> Iterator[Sandbox]:
    """SQLite files in the folder; with ``database_url`` (by default ``DATABASE_URL`` of the
    environment), databases of its own on that server. All of it is gone at the end. ``variables``
    are settings for the processes: with ``DJANGO_SETTINGS_MODULE=BLOG_SETTINGS`` they are the
    blog's as it is. Raises LabFailed."""
    name = f"hindsight_lab_{secrets.token_hex(4)}"
    # Without Django's settings (the lab's own programs), as these would read it.
    base = Path(settings.VAR_DIR) if settings.configured else RunPaths.of(os.environ).var
    var = base.resolve() / "lab" / name
    try:
        var.mkdir(parents=True)
    except OSError as error:
        problem = f"cannot write to {var.parent} ({error.strerror})"
        raise LabFailed(f"{problem}: make it writable, or set VAR_DIR") from error
    environment = {key: each for key, each in os.environ.items() if INHERITED.fullmatch(key)}
    server = urlsplit(os.environ.get("DATABASE_URL", "") if database_url is None else database_url)
    if server.scheme not in ("", "sqlite"):
        environment["DATABASE_URL"] = server._replace(path=f"/{name}_{{alias}}").geturl()
    environment |= {
        "DJANGO_SETTINGS_MODULE": "lab.settings",
        "ADMIN_PASSWORD": secrets.token_urlsafe(12),
        "THROTTLE_WRITES": "",
        "POSTING": "everyone",
        "LOG_LEVEL": "WARNING",
        "VAR_DIR": str(var),
        **variables,
    }
    with Guard(var) as guard:
        box = Sandbox(name, var, environment, guard)
        box.paths.make()
        try:
            yield box
        finally:
            if box.database != "sqlite":
                box.run("lab.databases", "drop", box.name)


def database_kind(environment: Mapping[str, str]) -> str:
    """The scheme of this environment's ``DATABASE_URL``, as ``sqlite``."""
    return urlsplit(environment.get("DATABASE_URL", "")).scheme or "sqlite"
