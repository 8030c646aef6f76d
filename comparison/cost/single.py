"""One request after the other: how long writing and reading take, and what they cost."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread

from comparison.cost.blog import OF_ONE_POST
from comparison.cost.processes import Work
from comparison.cost.running import Running
from lab.statistics import timed

REST = 0.25
"""Seconds after the last write until somebody looks: looking is work, too."""

PAUSES = (0.02, 0.09)
"""Seconds between comments that are followed to their end: out of step with whoever polls."""

BETWEEN = (0.01, 0.03)
"""Seconds between two looks at the page while somebody writes."""


@dataclass
class Taken:
    """Of some requests: the seconds of each, and the processor's seconds of all of them, in all
    processes, beyond what these take at rest."""

    seconds: list[float] = field(default_factory=list)
    work: float = 0.0

    def __iadd__(self, other: "Taken") -> "Taken":
        self.seconds += other.seconds
        self.work += other.work
        return self

    @property
    def work_each(self) -> float:
        return self.work / len(self.seconds)


def write(running: Running, count: int, idle: float) -> Taken:
    """Comments, one after the other; the work of all that follows them is theirs."""
    blog = running.blog
    posts = blog.posts_for(count)
    work = Work(running.processes)
    taken = Taken()
    for number in range(count):
        seconds, comment = timed(partial(blog.comment, posts[number // OF_ONE_POST], number))
        taken.seconds.append(seconds)
    time.sleep(REST)
    blog.await_final(posts[-1], comment)
    taken.work = work.beyond(idle)
    return taken


def follow(running: Running, count: int) -> list[float]:
    """Seconds from sending a comment until it is shown with its final status, one by one."""
    blog, taken = running.blog, []
    posts = blog.posts_for(count)
    for number in range(count):
        time.sleep(random.uniform(*PAUSES))  # noqa: S311 - chance, no secret
        post = posts[number // OF_ONE_POST]
        began = time.perf_counter()
        blog.await_final(post, blog.comment(post, number))
        taken.append(time.perf_counter() - began)
    return taken


def read(running: Running, count: int, idle: float, *, afresh: bool = False) -> Taken:
    """The page, again and again."""
    running.blog.page(afresh)
    work = Work(running.processes)
    taken = Taken()
    for _ in range(count):
        seconds, _ = timed(partial(running.blog.page, afresh))
        taken.seconds.append(seconds)
    taken.work = work.beyond(idle)
    return taken


def read_amid(running: Running, count: int, rate: float) -> list[float]:
    """The page, now and then, while somebody else comments."""
    blog, taken = running.blog, []
    posts = blog.posts_for(OF_ONE_POST * 4)
    with meanwhile(lambda number: blog.comment(posts[number % len(posts)], number), 1 / rate):
        for _ in range(count):
            time.sleep(random.uniform(*BETWEEN))  # noqa: S311 - chance, no secret
            seconds, _ = timed(blog.page)
            taken.append(seconds)
    return taken


@contextmanager
def meanwhile(do: Callable[[int], object], every: float) -> Iterator[None]:
    """Does it each ``every`` seconds, by number, for as long as this lasts."""
    done, errors = Event(), []

    def run() -> None:
        number = 0
        try:
            while not done.wait(every):
                do(number)
                number += 1
        except Exception as error:
            errors.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    if errors:
        raise errors[0]
