"""``python -m lab.bench [--only DATABASE] [--part PART] [--events N] [--quick]``

Exit codes: 0 measured (the report says whether goals are reached), 1 something failed, 2 wrong
usage, 130 interrupted. What was measured until then is shown and recorded in any case.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import product

from lab import records, servers
from lab.bench.app import http, memory_and_idle, queries, running, status
from lab.bench.figures import Figure, show
from lab.bench.log import appends, log, publishers
from lab.bench.options import INSIDE, Options, parse_options, prepared
from lab.errors import LabFailed

PACKAGES = ("Django", "celery", "kombu", "granian", "psycopg", "PyMySQL", "redis", "msgspec")
BROKERS = ("file", "redis", "rabbitmq")
POSTS = 60  # of the blog that is served, each with ten comments


def main() -> int:
    records.stop_on_sigterm()
    options, console = parse_options(), records.console()
    databases = [name for name in options.databases if name == "sqlite" or servers.find(name)]
    for name in (each for each in options.databases if each not in databases):
        console.print(f"{name} is left out: no response from {servers.address(name)}.")
    about = records.about("lab.bench") | {"versions": records.versions(PACKAGES, sqlite=True)}
    if "postgresql" in databases:
        with closing(servers.postgresql(servers.find("postgresql") or "")) as connection:
            about["versions"]["PostgreSQL"] = str(connection.info.server_version // 10_000)
    records.introduce(console, about, "")
    console.print(", ".join(map(" ".join, about["versions"].items())))
    if about["machine"]["load"] > about["machine"]["cores"] / 2:
        console.print("[yellow]The machine has other work to do: all figures suffer.[/yellow]")
    done: list[Figure] = []
    code, began = 0, time.monotonic()
    try:
        for figure in figures(options, databases):
            done.append(figure)
            console.print(figure.line())
    except LabFailed as error:
        console.print(str(error), style="red", markup=False)
        code = 1
    except KeyboardInterrupt:
        console.print("Interrupted; what was measured until then:")
        code = 130
    if done:
        show(console, done)
        samples = {"figures": [figure.as_dict() for figure in done]}
        path = records.record("bench", about | {"seconds": time.monotonic() - began} | samples)
        console.print(f"All samples are in {path}")
    return code


def figures(options: Options, databases: Sequence[str]) -> Iterator[Figure]:
    """One after the other: nothing else runs while something is measured."""
    for database in databases:
        if "appends" in options.parts:
            with prepared(database) as box:
                yield from appends(box, options)
        if "log" in options.parts:
            with prepared(database) as box:
                yield from log(box, options)
            yield from publishers(database, options)
    if not {"app", "status"} & set(options.parts):
        return
    brokers = [name for name in BROKERS if name == "file" or servers.find(name)]
    for database, broker in product(databases, brokers):
        # HTTP is measured on one: the embedded broker beside the embedded database, a server
        # beside a server.
        served = brokers[0] if database == "sqlite" else [*brokers, "file"][1]
        with prepared(database) as box:
            posts = box.run(INSIDE, "create_blog", options.samples(POSTS))
            with running(box, broker) as app:
                if "status" in options.parts:
                    yield from status(app, options)
                if "app" in options.parts and broker == served:
                    yield from http(app, options, posts)
                    yield from queries(box, app, posts[0])
                    yield from memory_and_idle(app, options)


if __name__ == "__main__":
    sys.exit(main())
