"""``python -m lab.bench [--only DATABASE] [--part PART] [--events N] [--quick]``

Exit codes: 0 measured (the report says whether goals are reached), 1 something failed, 2 wrong
usage, 130 interrupted. What was measured until then is shown and recorded in any case.
"""

import sys
import time
from contextlib import closing
from typing import Any

from rich.console import Console

from lab import servers
from lab.bench.figures import Figure
from lab.bench.options import Options, parse_options
from lab.bench.plan import figures
from lab.bench.report import line, show
from lab.errors import LabFailed
from lab.records import commit, machine, record, stop_on_sigterm, versions
from lab.records import console as make_console

PACKAGES = ("Django", "celery", "kombu", "granian", "psycopg", "PyMySQL", "redis", "msgspec")


def main() -> int:
    stop_on_sigterm()
    options, console = parse_options(), make_console()
    missing = [name for name in options.databases if name != "sqlite" and not servers.find(name)]
    for name in missing:
        console.print(f"{name} is left out: no response from {servers.address(name)}.")
    databases = tuple(name for name in options.databases if name not in missing)
    about = {
        "command": " ".join(["python -m lab.bench", *sys.argv[1:]]),
        "commit": commit() or "unknown",
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": machine(),
        "versions": _versions(databases),
    }
    _introduce(console, about)
    return _measure(console, about, options, databases)


def _measure(
    console: Console, about: dict[str, Any], options: Options, databases: tuple[str, ...]
) -> int:
    done: list[Figure] = []
    code = 0
    began = time.monotonic()
    try:
        for figure in figures(options, databases):
            done.append(figure)
            console.print(line(figure))
    except LabFailed as error:
        console.print(str(error), style="red", markup=False)
        code = 1
    except KeyboardInterrupt:
        console.print("Interrupted; what was measured until then:")
        code = 130
    if done:
        show(console, done)
        samples = {"figures": [figure.as_dict() for figure in done]}
        path = record("bench", about | {"seconds": time.monotonic() - began} | samples)
        console.print(f"All samples are in {path}")
    return code


def _versions(databases: tuple[str, ...]) -> dict[str, str]:
    found = versions(PACKAGES, sqlite=True)
    if "postgresql" in databases:
        with closing(servers.postgresql(servers.find("postgresql") or "")) as connection:
            found["PostgreSQL"] = str(connection.info.server_version // 10_000)
    return found


def _introduce(console: Console, about: dict[str, Any]) -> None:
    on = about["machine"]
    console.print(f"[bold]{about['command']}[/bold] at commit {about['commit']}")
    console.print(
        f"{on['processor']}, {on['cores']} cores, {on['memory_bytes'] / 1e9:.0f} GB, "
        f"{on['system']}, load {on['load']:.1f}"
    )
    console.print(", ".join(f"{name} {version}" for name, version in about["versions"].items()))
    if on["load"] > on["cores"] / 2:
        console.print("[yellow]The machine has other work to do: all figures suffer.[/yellow]")


if __name__ == "__main__":
    sys.exit(main())
