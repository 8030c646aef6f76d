"""When a started process is ready: a web process answers, a worker says so in a file."""

import http.client
import os
from pathlib import Path
from typing import Any

from config.processes.client import State
from config.processes.layout import HOST, Program
from config.processes.places import Places

ANSWER_SECONDS = 2


def is_ready(program: Program, state: State, places: Places) -> bool:
    """Whether this very process has come so far. `state` is what supervisord says of it."""
    if not state.alive:
        return False
    if program.port:
        return answers(program.port)
    try:
        return places.ready(program.name).read_text() == str(state.pid)
    except OSError:
        return False


def answers(port: int) -> bool:
    """Whether the web process on `port` says that it is healthy."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        # The lab's other programs do not know this address: a 404 is an answer, too.
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announce(**_: Any) -> None:
    """A worker's handler of Celery's signal ``worker_ready``: leaves the process id for us.

    Does nothing in a worker that supervisor did not start.
    """
    program, var = os.environ.get("SUPERVISOR_PROCESS_NAME"), os.environ.get("VAR_DIR")
    if program and var:
        Places(Path(var)).ready(program).write_text(str(os.getpid()))
