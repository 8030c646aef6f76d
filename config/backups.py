"""Backups: a copy of each database, taken while it is used, and the way back.

The services come first and the event store last: a log must never end before a checkpoint. What the
log has more than the services, they handle and recover after a restore.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

FORMAT = 1
MANIFEST, SECRET_KEY = "backup.json", "secret_key"
CHUNK_BYTES = 1_000_000
STEM = {"sqlite": "{alias}.sqlite3", "postgresql": "{alias}.dump"}
# libpq's names of what Django's settings have.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class BackupError(Exception):
    """Something is wrong with a backup, or with the databases; its text says what to do."""


class FolderTaken(BackupError):
    """There is something where the backup should be."""


@dataclass(frozen=True)
class Copy:
    """One database in a backup. ``migrations``: those that it had, as ``app.name``."""

    alias: str
    vendor: str
    file: str
    bytes: int
    sha256: str
    migrations: list[str]


@dataclass(frozen=True)
class Manifest:
    created_at: str
    databases: list[Copy]


def in_order() -> list[BaseDatabaseWrapper]:
    """All databases of this process, in the order in which they are copied."""
    aliases = [*settings.SERVICES, "default", "eventstore"]
    return [connections[alias] for alias in aliases]


# --- Taking one


def back_up(folder: Path) -> Iterator[Copy]:
    """Copy all databases into ``folder``, which is made, and appears when it is complete. Yields
    each copy when it is there. Raises BackupError, and leaves nothing."""
    refuse_other_vendors(in_order())
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderTaken(f"{folder} exists already: name a folder that does not")
    part = folder.with_name(f"{folder.name}.incomplete")
    started_at = timezone.now().isoformat()
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        copies = []
        for connection in in_order():
            copies.append(_copy(connection, part))
            yield copies[-1]
        if (key := settings.VAR_DIR / SECRET_KEY).exists():
            _write(part / SECRET_KEY, key.read_bytes())
        manifest = {"format": FORMAT, **asdict(Manifest(started_at, copies))}
        _write(part / MANIFEST, json.dumps(manifest, indent=2).encode())
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except OSError as error:
        raise BackupError(f"cannot write the backup to {folder}: {error.strerror}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copy(connection: BaseDatabaseWrapper, folder: Path) -> Copy:
    path = folder / STEM[connection.vendor].format(alias=connection.alias)
    # Before the copy: a migration meanwhile would make it newer than it is said to be.
    migrations = applied(connection)
    path.touch(mode=0o600)
    {"sqlite": _copy_sqlite, "postgresql": _dump}[connection.vendor](connection, path)
    size, digest = path.stat().st_size, sha256(path)
    return Copy(connection.alias, connection.vendor, path.name, size, digest, migrations)


def _copy_sqlite(connection: BaseDatabaseWrapper, path: Path) -> None:
    """In one step, which is one read transaction: others go on writing to their journal."""
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")  # else it would be two files
        _check(copy, connection.alias)


def _check(copy: sqlite3.Connection, alias: str) -> None:
    [(found,), *_] = copy.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise BackupError(f"the database {alias} is damaged: {found}")


def _dump(connection: BaseDatabaseWrapper, path: Path) -> None:
    """pg_dump reads in one transaction."""
    _run_tool(connection, "pg_dump", "--format=custom", "--no-owner", "--file", str(path))


# --- Going back to one


def read_manifest(folder: Path) -> Manifest:
    """What is in the backup; all of it is there, and as it was written. Raises BackupError."""
    try:
        read = json.loads((folder / MANIFEST).read_bytes())
        if read["format"] != FORMAT:
            raise BackupError(f"{folder} is a backup of another format: use the program of then")
        manifest = Manifest(read["created_at"], [Copy(**each) for each in read["databases"]])
        for each in manifest.databases:
            if sha256(folder / each.file) != each.sha256:
                raise BackupError(f"{folder / each.file} is damaged: its checksum differs")
    except FileNotFoundError as error:
        raise BackupError(f"{folder} is no complete backup: {error.filename} is missing") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder} cannot be read as a backup: {error}") from error
    return manifest


def refuse_to_restore(manifest: Manifest, *, replace: bool) -> None:
    """Raises BackupError if the backup does not fit to this program and its databases, or if these
    have something that would be lost."""
    copies = {copy.alias: copy for copy in manifest.databases}
    targets = in_order()
    refuse_other_vendors(targets)
    if missing := [each.alias for each in targets if each.alias not in copies]:
        raise BackupError(f"the backup has no copy of {', '.join(missing)}")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    for target in targets:
        copy = copies[target.alias]
        if copy.vendor != target.vendor:
            raise BackupError(
                f"the backup of {target.alias} is one of {copy.vendor}, and the database is "
                f"{target.vendor}"
            )
        if newer := sorted(set(copy.migrations) - known):
            raise BackupError(
                f"a newer version of the program made this backup ({newer[-1]}): install that one"
            )
        if not replace and target.introspection.table_names():
            raise BackupError(
                f"the database {target.alias} is not empty: restore into empty databases, or with "
                "--replace, which deletes what they have"
            )


def restore(folder: Path, manifest: Manifest) -> Iterator[Copy]:
    """Make the databases what they were. Yields each when it is done. Raises BackupError."""
    copies = {copy.alias: copy for copy in manifest.databases}
    for connection in in_order():
        copy = copies[connection.alias]
        way = {"sqlite": _restore_sqlite, "postgresql": _restore_postgresql}[connection.vendor]
        try:
            way(connection, folder / copy.file)
        except OSError as error:
            raise BackupError(f"cannot restore {connection.alias}: {error.strerror}") from error
        yield copy
    if (folder / SECRET_KEY).exists():  # sessions were signed with it
        _write(settings.VAR_DIR / SECRET_KEY, (folder / SECRET_KEY).read_bytes())


def _restore_sqlite(connection: BaseDatabaseWrapper, source: Path) -> None:
    """Through SQLite, which knows the journals of the present file."""
    connection.close()
    connection.ensure_connection()
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as copy:
        _check(copy, connection.alias)
        copy.backup(connection.connection)
    connection.close()


def _restore_postgresql(connection: BaseDatabaseWrapper, source: Path) -> None:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
    connection.close()
    _run_tool(
        connection, "pg_restore", "--single-transaction", "--no-owner", "--no-privileges",
        "--dbname", connection.settings_dict["NAME"], str(source),
    )  # fmt: skip


# --- Both


def refuse_other_vendors(databases: Iterable[BaseDatabaseWrapper]) -> None:
    for each in databases:
        if each.vendor not in STEM:
            raise BackupError(
                f"{each.alias} is a database of {each.display_name}, which has a tool of its own: "
                "copy the services first and the event store last (docs/operations.md)"
            )


def applied(connection: BaseDatabaseWrapper) -> list[str]:
    done = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in done)


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while some := file.read(CHUNK_BYTES):
            digest.update(some)
    return digest.hexdigest()


def _run_tool(connection: BaseDatabaseWrapper, tool: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, on this database. Raises BackupError."""
    parameters: dict[str, Any] = connection.get_connection_params()
    given = {VARIABLES[name]: str(parameters[name]) for name in VARIABLES if parameters.get(name)}
    environment = {**os.environ, **given, "PGDATABASE": str(connection.settings_dict["NAME"])}
    try:
        subprocess.run(
            [tool, *arguments], env=environment, capture_output=True, text=True, check=True
        )
    except FileNotFoundError as error:
        raise BackupError(
            f"{tool} is not installed: it comes with PostgreSQL's client (Debian, Ubuntu: apt "
            "install postgresql-client)"
        ) from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no reason given"]
        raise BackupError(f"{connection.alias}: {lines[0]}") from error


def _write(path: Path, content: bytes) -> None:
    """For us alone."""
    path.touch(mode=0o600)
    path.write_bytes(content)
