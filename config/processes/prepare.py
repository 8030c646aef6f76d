"""Makes the databases ready: reachable, migrated, with an administrator.

``python -m config.processes.prepare``: a process of its own, so that the one that stays is small.
Exit code 1 and one line on stderr where something is missing.
"""

import os
import secrets
import sys

from django.core.checks.security.base import check_secret_key
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from config.processes.errors import Problem
from config.processes.reaching import reach_broker, reach_database, read_settings
from eventstore.outages import in_one_line

ADMIN = "admin"
WEAK_KEY = (
    "SECRET_KEY is too weak to keep: take 50 random characters or more, as from "
    "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
)


def main() -> int:
    try:
        prepare()
    except Problem as problem:
        print(f"hindsight: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def prepare() -> None:
    read_settings()
    for connection in connections.all():
        reach_database(connection)
    reach_broker()
    behind = [connection.alias for connection in connections.all() if is_behind(connection)]
    if behind:
        print(f"Migrating the databases: {', '.join(behind)}", flush=True)
    for alias in behind:
        migrate(alias)
    ensure_admin(os.environ.get("ADMIN_PASSWORD", ""))
    warn_of_a_weak_key()


def is_behind(connection: BaseDatabaseWrapper) -> bool:
    """Whether a migration is missing. Looking costs much less than running ``migrate``."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate(alias: str) -> None:
    try:
        call_command("migrate", database=alias, interactive=False, verbosity=0)
    except DatabaseError as error:
        raise Problem(f"cannot migrate the database {alias!r}: {in_one_line(error)}") from error


def ensure_admin(given: str) -> None:
    """Creates an administrator where there is none, and tells the password: only this once."""
    from django.contrib.auth.models import User  # there are no models before the settings

    if User.objects.filter(is_superuser=True).exists():
        return
    password = given or secrets.token_urlsafe(9)
    User.objects.create_superuser(ADMIN, password=password)
    said = "from ADMIN_PASSWORD" if given else password
    print(f"Admin login, shown only now: {ADMIN}, password {said}", flush=True)


def warn_of_a_weak_key() -> None:
    """It signs cookies: whoever guesses it is an administrator. Django's check judges it."""
    if check_secret_key(None):
        print(f"hindsight: {WEAK_KEY}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
