"""``python -m tests.matrix``: the tests again, on other databases and brokers. Exit code 1 where
something failed, or was not there.

Tests that start processes of their own are left out: they bring their own databases and brokers,
the same ones every time.
"""

import os
import subprocess
import sys
from pathlib import Path

from lab.servers import find

BASE = Path(__file__).parent.parent
MATRIX = [("PostgreSQL", "RabbitMQ"), ("PostgreSQL", "Redis"), ("MariaDB", "")]
PYTEST = ("-m", "pytest", "-q", "-m", "django_db", "-n", "3", "--dist", "loadgroup")


def main() -> int:
    failed = [what for what in MATRIX if not passes(*what)]
    for what in failed:
        print(f"failed: {name_of(*what)}", file=sys.stderr)
    return 1 if failed else 0


def passes(database: str, broker: str) -> bool:
    """Whether the tests pass on these. No ``broker`` is the embedded one."""
    print(f"\n=== {name_of(database, broker)}", flush=True)
    missing = [name for name in (database, broker) if name and not find(name)]
    if missing:
        print(f"{' and '.join(missing)} was not found", file=sys.stderr)
        return False
    env = {**os.environ, "DATABASE_URL": f"{find(database)}/hindsight_{{alias}}"}
    if broker:
        env["BROKER_URL"] = find(broker) or ""
    return subprocess.run([sys.executable, *PYTEST], cwd=BASE, env=env, check=False).returncode == 0


def name_of(database: str, broker: str) -> str:
    return " and ".join(filter(None, (database, broker or "the embedded broker")))


if __name__ == "__main__":
    sys.exit(main())
