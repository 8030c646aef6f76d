"""``python -m lab.bench [--only DATABASE] [--part PART] [--events N] [--quick]``

Exit codes: 0 measured (whether goals are reached is in the report), 1 something failed,
2 wrong usage, 130 stopped. What was measured until then is shown and recorded in any case.
"""

import sys
import time
from typing import Any

from rich.console import Console

from lab.bench import machine, servers, terminal
from lab.bench.children import Failed
from lab.bench.figures import Figure
from lab.bench.load import Refused
from lab.bench.options import Options, options
from lab.bench.plan import figures
from lab.bench.record import record
from lab.bench.report import line, show
from lab.bench.terminal import stop_on_sigterm


def main() -> int:
    stop_on_sigterm()
    given, console = options(), terminal.console()
    missing = [name for name in given.databases if name != "sqlite" and not servers.answers(name)]
    for name in missing:
        console.print(f"{name}: none answers at {servers.url(name)}, so it is left out.")
    databases = tuple(name for name in given.databases if name not in missing)
    about = {
        "command": machine.command(),
        "commit": machine.commit(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "machine": machine.machine(),
        "versions": machine.versions(databases),
    }
    _introduce(console, about)
    return _measure(console, about, given, databases)


def _measure(
    console: Console, about: dict[str, Any], given: Options, databases: tuple[str, ...]
) -> int:
    done: list[Figure] = []
    code = 0
    began = time.monotonic()
    try:
        for figure in figures(given, databases):
            done.append(figure)
            console.print(line(figure))
    except (Failed, Refused) as error:
        console.print(str(error), style="red", markup=False)
        code = 1
    except KeyboardInterrupt:
        console.print("Stopped; what was measured until then:")
        code = 130
    if done:
        show(console, done)
        path = record(about | {"seconds": time.monotonic() - began}, done)
        console.print(f"All samples are in {path}")
    return code


def _introduce(console: Console, about: dict[str, Any]) -> None:
    on = about["machine"]
    console.print(f"[bold]{about['command']}[/bold] at commit {about['commit']}")
    console.print(
        f"{on['processor']}, {on['cores']} cores, {on['memory_mb'] / 1_000:.0f} GB, "
        f"{on['system']}, load {on['load_before']:.1f}"
    )
    console.print(", ".join(f"{name} {which}" for name, which in about["versions"].items()))
    if on["load_before"] > on["cores"] / 2:
        console.print("[yellow]Others are at work here: all figures are worse for it.[/yellow]")


if __name__ == "__main__":
    sys.exit(main())
