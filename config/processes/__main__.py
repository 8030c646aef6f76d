"""``python -m config.processes run|run-services|start SERVICE|stop SERVICE|status``

Exit codes: 0 done, 1 it could not be done, 2 wrong usage. Errors are one line on stderr.
"""

import argparse
import os
import sys
from typing import NoReturn

from config.processes import control, runner, status
from config.processes.errors import Problem
from config.processes.layout import SERVICES


def main(arguments: list[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command in ("start", "stop") and options.service not in SERVICES:
        parser.error(_which(options.command, options.service))
    try:
        return _do(options)
    except Problem as problem:
        print(f"hindsight: {problem}", file=sys.stderr)
        if problem.details:
            print(problem.details, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _do(options: argparse.Namespace) -> int:
    match options.command:
        case "run":
            return runner.run("monolith", os.environ)
        case "run-services":
            return runner.run("services", os.environ)
        case "start":
            control.start(options.service, os.environ)
        case "stop":
            control.stop(options.service, os.environ)
        case "status":
            status.status(os.environ)
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"hindsight: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m config.processes", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("run", help="everything, with one web process for all services")
    commands.add_parser("run-services", help="everything, each service in its own processes")
    for name in ("start", "stop"):
        command = commands.add_parser(name, help=f"{name} the processes of one service")
        command.add_argument("service", nargs="?", metavar="SERVICE", help=", ".join(SERVICES))
    commands.add_parser("status", help="which processes there are")
    return parser


def _which(command: str, service: str | None) -> str:
    unknown = f"there is no service {service!r}" if service else f"{command} what?"
    return f"{unknown}: make {command} SERVICE= takes one of {', '.join(SERVICES)}"


if __name__ == "__main__":
    sys.exit(main())
