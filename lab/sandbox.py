"""A place of its own for the lab: a folder, databases, an environment. Never the user's blog."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings

from config.processes.paths import BASE, RunPaths
from lab.errors import LabFailed
from lab.guarded import Guard

# What the lab's processes inherit: nothing that is a setting of the blog.
INHERITED = ("PATH", "HOME", "USER", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
INHERITED_PREFIXES = ("LC_", "PG", "PYTHON")


@dataclass(frozen=True)
class Sandbox:
    """``var`` is its folder; ``environment`` makes a process work in it, and nowhere else."""

    name: str
    var: Path
    environment: Mapping[str, str] = field(repr=False)
    guard: Guard = field(repr=False)

    @property
    def places(self) -> RunPaths:
        return RunPaths(self.var)

    @property
    def on_server(self) -> bool:
        return "DATABASE_URL" in self.environment

    def database_url(self, alias: str) -> str:
        """Where one of its databases is: for a process of another sandbox that is to reach it."""
        beside = f"sqlite:///{quote(str(self.var))}/{{alias}}.sqlite3"
        return self.environment.get("DATABASE_URL", beside).replace("{alias}", alias)

    def make_ready(self) -> None:
        """Makes the databases ready; nothing is in them. Raises LabFailed."""
        self.ask("lab.ready")

    def fill(self, posts: int, seed: int = 1) -> None:
        """Makes the databases ready, and fills them all with ``data.blog(posts, seed)`` in place
        of what they held. Raises LabFailed."""
        self.ask("comparison.fill", posts, seed)

    def ask(self, module: str, *arguments: object) -> Any:
        """What ``python -m module`` prints as JSON, in a process of the lab of its own; None where
        it prints nothing. Raises LabFailed."""
        asked = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=BASE,
            env={**self.environment, "LAB": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl+C is for us alone
        )
        self.guard.add(asked.pid)
        with asked:
            try:
                said, errors = asked.communicate()
            except BaseException:
                asked.kill()
                raise
        self.guard.remove(asked.pid)
        if asked.returncode:
            raise LabFailed(f"python -m {module} failed:\n{errors[-2_000:]}")
        return json.loads(said) if said.strip() else None


@contextmanager
def sandbox(**given: str) -> Iterator[Sandbox]:
    """SQLite files in the folder; on a server, where ``DATABASE_URL`` names one, databases of its
    own. All of it is gone at the end. ``given`` are settings for the processes: with ``LAB=""``
    they are the blog's as it is, which counts nothing and cannot be broken. Raises LabFailed."""
    name = f"hindsight_lab_{secrets.token_hex(4)}"
    var = Path(settings.VAR_DIR).resolve() / "lab" / name
    try:
        var.mkdir(parents=True)
    except OSError as error:
        raise LabFailed(
            f"cannot write to {var.parent} ({error.strerror}): make it writable, or set VAR_DIR"
        ) from error
    environment = {**_environment(os.environ, name), "VAR_DIR": str(var), **given}
    with Guard(var) as guard:
        box = Sandbox(name, var, environment, guard)
        box.places.make()
        try:
            yield box
        finally:
            if box.on_server:
                box.ask("lab.drop", box.name)


def database(mine: Mapping[str, str]) -> str:
    """What kind of database the lab uses where the environment is ``mine``: the scheme of
    ``DATABASE_URL``, as ``sqlite``."""
    return urlsplit(mine.get("DATABASE_URL", "")).scheme or "sqlite"


def _environment(mine: Mapping[str, str], name: str) -> dict[str, str]:
    inherited = {
        key: value
        for key, value in mine.items()
        if key in INHERITED or key.startswith(INHERITED_PREFIXES)
    }
    return {
        **inherited,
        "LAB": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ADMIN_PASSWORD": secrets.token_urlsafe(12),
        "THROTTLE_WRITES": "",
        "LOG_LEVEL": "WARNING",
        **({} if database(mine) == "sqlite" else {"DATABASE_URL": _own(mine, name)}),
    }


def _own(mine: Mapping[str, str], name: str) -> str:
    """The template with databases of our own at the same place."""
    return urlunsplit(urlsplit(mine["DATABASE_URL"])._replace(path=f"/{name}_{{alias}}"))
