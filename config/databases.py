"""Which database each alias is, from the environment; which models live in it; and creating the
databases on a server.

``DATABASE_URL`` is a template: ``{alias}`` in it becomes the alias.
``POSTS_DATABASE_URL`` and its like name the database of one alias alone.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import environ
import pymysql
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from config import environment as env

if TYPE_CHECKING:  # they read the settings, which read this
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

# MariaDB through a pure Python driver: no compiler is needed to install it.
pymysql.install_as_MySQLdb()

DEFAULT_TEMPLATE = "sqlite:///{var}/{alias}.sqlite3"

LOCK_TIMEOUT_SECONDS = 20
"""How long to wait for a lock before it is an error, on every database alike."""

OPTIONS: dict[str, dict[str, Any]] = {
    "sqlite3": {
        # A transaction that will write takes the write lock when it begins: SQLite
        # cannot upgrade a read lock once another transaction has written.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        "timeout": LOCK_TIMEOUT_SECONDS,
    },
    "postgresql": {
        "connect_timeout": 3,
        "options": f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s",
        # A server that is cut off is given up after as long.
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": LOCK_TIMEOUT_SECONDS * 1000,
    },
    "mysql": {
        "charset": "utf8mb4",
        "connect_timeout": 3,
        # Repeatable read would show a relay an outbox as it was before it got the lock.
        "isolation_level": "read committed",
        "init_command": (
            f"SET sql_mode='STRICT_ALL_TABLES', innodb_lock_wait_timeout={LOCK_TIMEOUT_SECONDS}, "
            f"lock_wait_timeout={LOCK_TIMEOUT_SECONDS}"
        ),
    },
}
TEST = {"sqlite3": {"NAME": ":memory:"}, "mysql": {"CHARSET": "utf8mb4"}}

# The name is a value in the first statement, and quoted by Django in the second.
CREATE_STATEMENTS = {
    "postgresql": (
        "SELECT 1 FROM pg_database WHERE datname = %s",
        "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0",
    ),
    "mysql": (
        "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s",
        "CREATE DATABASE {} CHARACTER SET utf8mb4",
    ),
}


def database(alias: str, url: str, base: Path) -> dict[str, Any]:
    """Django's settings of one alias. A relative SQLite path counts from the project. No error
    repeats ``url``: it has a password."""
    try:
        settings: dict[str, Any] = dict(environ.Env.db_url_config(url))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"the database URL of {alias} cannot be read: {env.URL_HINT}"
        ) from error
    package, _, engine = str(settings.get("ENGINE")).rpartition(".")
    if package != "django.db.backends" or engine not in OPTIONS:
        raise ImproperlyConfigured(
            f"the database URL of {alias} is not supported: it begins with sqlite:///, "
            "postgres:// or mysql://"
        )
    if engine == "sqlite3":
        settings["ENGINE"] = "config.sqlite"
        if settings["NAME"] != ":memory:":
            settings["NAME"] = base / settings["NAME"]
    return {
        **settings,
        "OPTIONS": OPTIONS[engine] | settings.get("OPTIONS", {}),
        "TEST": dict(TEST.get(engine, {})),  # Django writes into it
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def databases(aliases: Iterable[str], base: Path, var: Path) -> dict[str, dict[str, Any]]:
    """Django's ``DATABASES``. Raises ImproperlyConfigured where two aliases are one database."""
    found = {alias: database(alias, _url(alias, var), base) for alias in aliases}
    for (one, mine), (other, its) in combinations(found.items(), 2):
        if _place(mine) == _place(its) and mine["NAME"] != ":memory:":
            raise ImproperlyConfigured(
                f"{one} and {other} are the same database, {mine['NAME']}: each has its own; "
                "put {alias} into DATABASE_URL"
            )
    return found


class AppAliasRouter:
    """An app that is a service, or the event store, lives in the alias of its name: ``posts.Post``
    in ``posts``. Django's own models live in ``default``."""

    def db_for_read(self, model: "type[Model] | Model", **hints: Any) -> str:
        return _alias(model._meta.app_label)

    db_for_write = db_for_read

    def allow_relation(self, obj1: "Model", obj2: "Model", **hints: Any) -> bool:
        return self.db_for_read(obj1) == self.db_for_read(obj2)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == _alias(app_label)


def create(connection: "BaseDatabaseWrapper") -> str:
    """Creates the database of `connection` if it is missing. Returns a report."""
    if connection.vendor not in CREATE_STATEMENTS:
        return f"{connection.vendor} needs no creating"
    exists, statement = CREATE_STATEMENTS[connection.vendor]
    name = connection.settings_dict["NAME"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(exists, [name])
        if cursor.fetchone():
            return f"{name} exists"
        cursor.execute(statement.format(connection.ops.quote_name(name)))
    return f"{name} created"


def _url(alias: str, var: Path) -> str:
    template = (
        env.text(f"{alias.upper()}_DATABASE_URL")
        or env.text("DATABASE_URL")
        or DEFAULT_TEMPLATE.replace("{var}", quote(str(var)))
    )
    return template.replace("{alias}", alias)


def _place(settings: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(settings.get(key)) for key in ("ENGINE", "HOST", "PORT", "NAME"))


def _alias(app_label: str) -> str:
    return app_label if app_label in django_settings.ALL_ALIASES else "default"
