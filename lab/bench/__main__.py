"""``python -m lab.bench [--quick] [--part PART] [--only DATABASE] [--events N] [--report FILE
[--draw FOLDER]]``

Measures the parts of ``lab/bench/parts.py``, one after the other: nothing else runs meanwhile.
Exit codes: 0 measured (the report says whether goals are reached), 1 something failed, 2 wrong
usage, 130 interrupted. What was measured until then is shown and recorded in any case.
"""

import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from lab import records, servers
from lab.bench import drawing, original, report
from lab.bench.figures import Figure
from lab.bench.options import Options, parse_options
from lab.bench.parts import PARTS
from lab.errors import LabFailed

PACKAGES = ("Django", "celery", "kombu", "granian", "psycopg", "PyMySQL", "redis", "msgspec")


def main() -> int:
    records.stop_on_sigterm()
    options = parse_options([(part.name, part.what, part.is_quick) for part in PARTS])
    console = records.console()
    if options.report:
        return _print(options, options.report)
    databases = [name for name in options.databases if name == "sqlite" or servers.find(name)]
    for name in (each for each in options.databases if each not in databases):
        console.print(f"{name} is left out: no response from {servers.address(name)}.")
    if problem := original.missing():
        console.print(f"The Express application is left out: {problem}.")
    options = replace(options, databases=tuple(databases))
    about = records.about("lab.bench") | {"versions": records.versions(PACKAGES, sqlite=True)}
    about["versions"] |= original.versions()
    if "postgresql" in databases:
        with closing(servers.postgresql(servers.find("postgresql") or "")) as connection:
            about["versions"]["PostgreSQL"] = str(connection.info.server_version // 10_000)
    records.introduce(console, about, "")
    console.print(", ".join(map(" ".join, about["versions"].items())))
    if options.quick:
        left_out = ", ".join(part.name for part in PARTS if part.name not in options.parts)
        console.print("Quick: few rounds and small sizes. No figure of it is to be quoted.")
        console.print(f"It leaves out: {left_out}.")
    if about["machine"]["load"] > about["machine"]["cores"] / 2:
        console.print("[yellow]The machine has other work to do: all figures suffer.[/yellow]")
    done: list[Figure] = []
    code, began = 0, time.monotonic()
    try:
        for part in (part for part in PARTS if part.name in options.parts):
            for figure in part.measure(options):
                done.append(figure)
                console.print(figure.line())
    except LabFailed as error:
        console.print(str(error), style="red", markup=False)
        code = 1
    except KeyboardInterrupt:
        console.print("Interrupted; what was measured until then:")
        code = 130
    if done:
        report.show(console, done)
        samples = {"figures": [figure.as_dict() for figure in done]}
        path = records.record("bench", about | {"seconds": time.monotonic() - began} | samples)
        console.print(f"All samples are in {path}")
    return code


def _print(options: Options, record: Path) -> int:
    """The recorded run, in Markdown; its curves, where a folder is named."""
    try:
        about, figures = report.read(record)
        print("\n".join(report.markdown(about, figures)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{record} is no record of a run: {error!r}", file=sys.stderr)
        return 2
    if options.draw:
        caption = f"{about['command']} at commit {about['commit']}, {about['started']}"
        for path in drawing.draw(figures, options.draw, caption):
            print(f"\n![{path.stem}]({path})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
