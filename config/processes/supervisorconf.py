"""Writes a layout as supervisor's configuration."""

import os
import shlex
from collections.abc import Iterable, Mapping
from configparser import RawConfigParser
from io import StringIO

from config.processes.layout import Layout, Program
from config.processes.places import Places

STOP_SECONDS = 10  # what a request or a batch of events may take to end

SUPERVISORD = {
    "logfile_maxbytes": "1MB",
    "logfile_backups": "1",
    "silent": "true",
    "nocleanup": "true",
    # The defaults are for a server with many children, and refuse a small container.
    "minfds": "256",
    "minprocs": "1",
}

PROGRAM = {
    "autostart": "true",
    "autorestart": "true",
    # A process that lives shorter than this has failed to start. Three in a row are FATAL:
    # see failing.py.
    "startsecs": "3",
    "startretries": "2",
    # Both Celery and granian end what they are at, and then their children, on TERM.
    # Celery's child would die of it in the middle of a task, so only the parent gets it.
    "stopsignal": "TERM",
    "stopasgroup": "false",
    "stopwaitsecs": str(STOP_SECONDS),
    "killasgroup": "true",
    "redirect_stderr": "true",
    "stdout_logfile_maxbytes": "5MB",
    "stdout_logfile_backups": "2",
}


def supervisor_config(layout: Layout, places: Places) -> str:
    """The text of the configuration file, for a supervisord that works in `places.var`.

    Paths are given from there: in them, supervisor would take " #" for a comment and trip over "%".
    """
    sections: dict[str, Mapping[str, str]] = {
        "unix_http_server": {"file": _socket(places), "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": ("supervisor.rpcinterface:make_main_rpcinterface"),
        },
        "supervisord": {
            "identifier": identify(layout),
            "logfile": "log/supervisord.log",
            "pidfile": "run/supervisord.pid",
            **SUPERVISORD,
            **({"user": "root"} if os.getuid() == 0 else {}),
        },
    }
    for program in layout.programs:
        sections[f"program:{program.name}"] = _program(program)
    for service in dict.fromkeys(program.service for program in layout.programs):
        members = [program.name for program in layout.of(service)]
        sections[f"group:{service}"] = {"programs": ",".join(members)}
    return _ini(sections.items())


def identify(layout: Layout) -> str:
    """The name under which supervisor tells later what it runs."""
    return f"{layout.topology}:{layout.port}"


def _program(program: Program) -> dict[str, str]:
    environment = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    return {
        "command": _literal(shlex.join(program.command)),
        "environment": _literal(environment),
        "stdout_logfile": f"log/{program.name}.log",
        **PROGRAM,
    }


def _socket(places: Places) -> str:
    if places.socket.parent == places.run:
        return f"run/{places.socket.name}"
    return str(places.socket)


def _literal(text: str) -> str:
    return text.replace("%", "%%")


def _ini(sections: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    parser = RawConfigParser()
    for name, options in sections:
        parser[name] = options
    text = StringIO()
    parser.write(text)
    return text.getvalue()
