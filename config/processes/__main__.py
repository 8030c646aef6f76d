"""``python -m config.processes run|run-services|start SERVICE|stop SERVICE|status``

Exit codes: 0 done, 1 failed, 2 wrong usage. Errors are one line on stderr.
"""

import argparse
import os
import sys
from typing import NoReturn

from config.processes import ProcessError, runner
from config.processes.layout import SERVICES


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        if options.command == "run":
            return runner.run("monolith", os.environ)
        if options.command == "run-services":
            return runner.run("services", os.environ)
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


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="python -m config.processes", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("run", help="everything, with one web process for all services")
    commands.add_parser("run-services", help="everything, each service in its own processes")
    for name in ("start", "stop"):
        command = commands.add_parser(name, help=f"{name} the processes of one service")
        command.add_argument("service", nargs="?", metavar="SERVICE", help=", ".join(SERVICES))
    commands.add_parser("status", help="list the processes")
    options = parser.parse_args(arguments)
    name, service = options.command, getattr(options, "service", SERVICES[0])
    if service not in SERVICES:
        unknown = f"there is no service {service!r}" if service else f"{name} what?"
        parser.error(f"{unknown}: make {name} SERVICE= takes one of {', '.join(SERVICES)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
