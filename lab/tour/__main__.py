"""``python -m lab.tour``

Exit codes: 0 all was as expected, 1 something was not or nothing runs, 130 interrupted. Whatever
happens, it leaves every service running.
"""

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from rich.console import Console

from config.processes import ProcessError
from lab.tour import client
from lab.tour.blog import Blog
from lab.tour.client import NoAnswer
from lab.tour.scenario import Scenario
from lab.tour.stack import Stack
from lab.tour.teller import Failed, Teller

ASKED_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130
OK = 200


def main() -> int:
    for number in ASKED_TO_END:
        signal.signal(number, _interrupt)
    errors = Teller(Console(stderr=True, highlight=False))
    try:
        stack = Stack(os.environ)
        _judge_settings(stack)
    except (ProcessError, NoAnswer) as problem:
        return _fail(errors, str(problem))
    except KeyboardInterrupt:
        return INTERRUPTED
    try:
        return _play(stack, errors)
    finally:
        _restore(stack, errors)


def _play(stack: Stack, errors: Teller) -> int:
    teller = Teller()
    blog = Blog(stack.addresses, teller.say)
    kind = "the monolith" if stack.monolith else "the services"
    try:
        teller.begin(f"The tour, on {kind} at {blog.address}")
        Scenario(stack, blog, teller).play()
    except Failed as failure:
        return _fail(errors, f"the demo failed. {failure}")
    except NoAnswer as error:
        return _fail(errors, f"no answer ({error}): has it been stopped meanwhile?")
    except ProcessError as problem:
        return _fail(errors, str(problem))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _judge_settings(stack: Stack) -> None:
    """Raises ProcessError for settings with which the story goes differently."""
    if stack.settings.get("MODERATION_DEFAULT", "approve") == "hold":
        raise ProcessError(
            "with MODERATION_DEFAULT=hold a person approves each comment: "
            "for the demo, start without it"
        )
    page = stack.addresses["query"]
    if (status := client.get(f"{page}/").status) != OK:
        raise ProcessError(
            f"{page} answers with {status}: "
            "the demo needs a run without TLS, and with 127.0.0.1 among ALLOWED_HOSTS"
        )


def _restore(stack: Stack, errors: Teller) -> None:
    for number in ASKED_TO_END:  # once is enough: what was stopped is to run again
        signal.signal(number, signal.SIG_IGN)
    try:
        if started := stack.restore():
            _fail(errors, f"started again: {', '.join(started)}")
    except ProcessError as problem:
        _fail(errors, f"not everything could be started again: {problem}")


def _fail(errors: Teller, text: str) -> int:
    with contextlib.suppress(OSError):
        errors.fail(text)
    return 1


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
