"""The one error of the lab, and waiting that ends with it."""

import time
from collections.abc import Callable


class LabFailed(RuntimeError):
    """The lab could not do its work: a process did not start, or a request failed. The message is
    one line, followed by the end of the process's output where there is one."""


Problem = str | Callable[[], str]


def wait_until(
    condition: Callable[[], object], seconds: float, problem: Problem, step: float = 0.02
) -> None:
    """Until ``condition()`` is true, tried at least once. After ``seconds``, raises LabFailed."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise LabFailed(problem if isinstance(problem, str) else problem())
        time.sleep(step)
