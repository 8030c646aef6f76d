"""``python -m config.processes run|run-services|start SERVICE|stop SERVICE|status``, and one
process in the foreground: ``web [SERVICE]``, ``worker SERVICE``

Exit codes: 0 done, 1 failed, 2 wrong usage. Errors are one line on stderr.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from typing import NoReturn

from config.processes import ProcessError, alone, runner
from config.processes.layout import HOST, SERVICES
from config.processes.paths import IS_CHECKOUT

ALL = "all"


def main(arguments: list[str] | None = None, others: Mapping[str, str] | None = None) -> int:
    """``others``: commands that the caller handles, and what they do; they are listed as well."""
    options = _options(arguments, others or {})
    try:
        if options.command == "run":
            return runner.run("monolith", os.environ)
        if options.command == "run-services":
            return runner.run("services", os.environ)
        if options.command in ("web", "worker"):
            service = "" if options.service == ALL else options.service
            alone.become(options.command, service, os.environ, getattr(options, "host", HOST))
        from config.processes import control  # a process that stays does not need what it imports

        if options.command == "status":
            control.status(os.environ)
        else:
            change = control.start if options.command == "start" else control.stop
            change(options.service, os.environ)
    except ProcessError as error:
        print(f"hindsight: {error}", file=sys.stderr)
        if error.details:
            print(error.details, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"hindsight: {message}\n")


def _options(arguments: list[str] | None, others: Mapping[str, str]) -> argparse.Namespace:
    prog = "hindsight" if others else "python -m config.processes"
    parser = _Parser(prog=prog, description="A blog whose services share events and nothing else.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("run", help="everything, with one web process for all services")
    commands.add_parser("run-services", help="everything, each service in its own processes")
    for name in ("start", "stop"):
        command = commands.add_parser(name, help=f"{name} the processes of one service")
        command.add_argument("service", nargs="?", metavar="SERVICE", help=", ".join(SERVICES))
    commands.add_parser("status", help="list the processes")
    for name, what in others.items():
        commands.add_parser(name, help=what)
    web = commands.add_parser("web", help="one web process, for systemd or a container")
    web.add_argument("service", nargs="?", default=ALL, metavar="SERVICE", help=f"default: {ALL}")
    web.add_argument("--host", default=HOST, help="the address to listen on (%(default)s)")
    worker = commands.add_parser("worker", help="the worker of one service, likewise")
    worker.add_argument("service", nargs="?", metavar="SERVICE", help=", ".join(SERVICES))
    options = parser.parse_args(arguments)
    name, service = options.command, getattr(options, "service", SERVICES[0])
    if service not in SERVICES and (name, service) != ("web", ALL):
        unknown = f"there is no service {service!r}" if service else f"{name} what?"
        by_make = IS_CHECKOUT and name in ("start", "stop")
        how = f"make {name} SERVICE=" if by_make else f"{prog} {name}"
        parser.error(f"{unknown}: {how} takes one of {', '.join(SERVICES)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
