"""``python -m lab.tour``

Exit codes: 0 all checks passed, 1 one failed or nothing runs, 130 interrupted. In any case, all
services run afterwards.
"""

import contextlib
import os
import signal
import sys
from http import HTTPStatus

from rich.console import Console
from rich.markup import escape

from config.processes import ProcessError
from config.processes.layout import is_for_staff
from lab.errors import LabFailed
from lab.http import NoResponse
from lab.tour.app import Blog, Stack
from lab.tour.reporter import CheckFailed, Reporter
from lab.tour.scenario import Scenario

INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    for number in INTERRUPTS:
        signal.signal(number, signal.default_int_handler)
    reporter, stack = Reporter(), None
    try:
        stack = Stack()
        blog = Blog(stack.addresses, reporter.explain)
        _check_settings(stack, blog)
        kind = "the monolith" if stack.is_monolith else "the services"
        reporter.begin(f"The tour, on {kind} at {blog.address}")
        Scenario(stack, blog, reporter).play()
    except (CheckFailed, ProcessError, LabFailed) as error:
        no_response = f"no response ({error}): has the blog been stopped meanwhile?"
        return _fail(no_response if isinstance(error, NoResponse) else str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        if stack:
            _start_again(stack)
    return 0


def _check_settings(stack: Stack, blog: Blog) -> None:
    """Raises ProcessError for settings with which the scenario cannot pass."""
    if stack.settings.get("MODERATION_DEFAULT", "approve") == "hold":
        hold = "with MODERATION_DEFAULT=hold a person approves each comment"
        raise ProcessError(f"{hold}: start without it for the tour")
    if is_for_staff(stack.settings.get("POSTING", ""), stack.settings.get("ALLOWED_HOSTS", "")):
        raise ProcessError("only staff may write posts: start with POSTING=everyone for the tour")
    if (status := blog.get("/").status) != HTTPStatus.OK:
        needed = "the tour needs a run without TLS, and with 127.0.0.1 among ALLOWED_HOSTS"
        raise ProcessError(f"{blog.address} responds with {status}: {needed}")


def _start_again(stack: Stack) -> None:
    for number in INTERRUPTS:  # what was stopped has to run again, whatever comes
        signal.signal(number, signal.SIG_IGN)
    try:
        if started := stack.start_stopped():
            _fail(f"started again: {', '.join(started)}")
    except ProcessError as error:
        _fail(f"not everything could be started again: {error}")


def _fail(text: str) -> int:
    with contextlib.suppress(OSError):
        errors = Console(stderr=True, highlight=False)
        errors.print(f"[bold red]hindsight:[/] {escape(text)}", soft_wrap=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
