"""An open-loop writer: each write is sent when it is due, whether or not those before it have been
answered. (One that waits for answers would write less just where it matters.)"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from lab.http import NoResponse, RequestFailed

WRITERS = 16
"""Writes that may wait for their answers at the same time. Where more are due, these come late,
and the rate is not reached."""

Written = TypeVar("Written")


@dataclass(frozen=True)
class Sent:
    """One write: when it was due and when answered, on the performance counter; ``failed`` where
    the answer was none that was asked for."""

    number: int
    due: float
    answered: float
    failed: bool = False

    @property
    def late(self) -> float:
        """Seconds from when it was due to its answer."""
        return self.answered - self.due


def paced(rate: float, count: int, write: Callable[[int], object]) -> list[Sent]:
    """``count`` writes, ``rate`` a second, by number; returns when all have been answered."""

    def send(number: int, due: float) -> Sent:
        try:
            write(number)
        except (NoResponse, RequestFailed):
            return Sent(number, due, time.perf_counter(), failed=True)
        return Sent(number, due, time.perf_counter())

    began = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        sending = []
        for number in range(count):
            due = began + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            sending.append(pool.submit(send, number, due))
        return [each.result() for each in sending]


def achieved(sent: Sequence[Sent], rate: float) -> float:
    """Writes a second that were answered well, from the first answer to the last: where each
    takes equally long, that is ``rate``; never more."""
    answers = sorted(each.answered for each in sent)
    took = max(answers[-1] - answers[0], (len(sent) - 1) / rate)
    well = sum(not each.failed for each in sent)
    return well / len(sent) * (len(sent) - 1) / took
