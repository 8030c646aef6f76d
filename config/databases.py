"""Which database each alias is; which models live in it; creating the databases on a server.

``DATABASE_URL`` is a template: ``{alias}`` in it becomes the alias.
``POSTS_DATABASE_URL`` and its like name the database of one alias alone.
"""

import tomllib
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

ENGINES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())


def database(alias: str, url: str, base: Path) -> dict[str, Any]:
    """Django's settings of one alias. A relative SQLite path counts from ``base``. No error
    repeats ``url``: it has a password."""
    what = f"the database URL of {alias}"
    try:
        settings: dict[str, Any] = dict(environ.Env.db_url_config(url))
    except ValueError as error:
        raise ImproperlyConfigured(f"{what} cannot be read: {env.URL_HINT}") from error
    package, _, engine = str(settings.get("ENGINE")).rpartition(".")
    if package != "django.db.backends" or engine not in ENGINES:
        raise ImproperlyConfigured(
            f"{what} is not supported: it begins with sqlite:///, postgres:// or mysql://"
        )
    settings["ENGINE"] = ENGINES[engine]["package"]
    if engine == "sqlite3" and settings["NAME"] != ":memory:":
        settings["NAME"] = base / settings["NAME"]
    return {
        **settings,
        "OPTIONS": ENGINES[engine]["options"] | settings.get("OPTIONS", {}),
        "TEST": dict(ENGINES[engine].get("test", {})),  # Django writes into it
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # a pooler may give each statement another session
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
    if connection.vendor == "sqlite":
        return "sqlite needs no creating"
    statements = ENGINES[connection.vendor]["create"]
    name = connection.settings_dict["NAME"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(statements["exists"], [name])
        if cursor.fetchone():
            return f"{name} exists"
        cursor.execute(statements["create"].format(connection.ops.quote_name(name)))
    return f"{name} created"


def _url(alias: str, var: Path) -> str:
    default = DEFAULT_TEMPLATE.replace("{var}", quote(str(var)))
    template = env.text(f"{alias.upper()}_DATABASE_URL") or env.text("DATABASE_URL", default)
    return template.replace("{alias}", alias)


def _place(settings: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(settings.get(key)) for key in ("ENGINE", "HOST", "PORT", "NAME"))


def _alias(app_label: str) -> str:
    return app_label if app_label in django_settings.ALL_ALIASES else "default"
