"""``python -m tests.eventstore.scale [SECONDS]``: on PostgreSQL, eight processes write for so
long, and two workers of each service follow them. Exit code 1 if a position is missing, an event
was handled twice or not at all, or the order of a post's or a comment's events is not the order of
its changes.
"""

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lab.servers import find
from tests.eventstore.processes import Processes
from tests.own import databases

WRITERS = [f"writer {n}" for n in range(8)]
SECONDS = 60
SUBSCRIBES_TO = {
    "comments": ("PostCreated", "PostDeleted", "CommentModerated"),
    "moderation": ("CommentCreated", "CommentUpdated", "CommentDeleted"),
    "query": ("PostCreated", "PostUpdated", "PostDeleted")
    + ("CommentCreated", "CommentUpdated", "CommentDeleted"),
}

Log = list[list[Any]]
"""Of each event: position, id, subject, type, author, and content or title."""


def main(seconds: int) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not find("PostgreSQL"):
        print("PostgreSQL was not found: see lab/servers.py", file=sys.stderr)
        return 1
    with TemporaryDirectory() as folder, databases("postgresql", Path(folder)) as url:
        return play(Processes(Path(folder), url), seconds)


def play(processes: Processes, seconds: int) -> int:
    post, shared, before = processes.alone("opening")
    writers = [("busy", name, seconds, post, shared) for name in WRITERS]
    workers = [("follower", name, seconds + 2) for name in SUBSCRIBES_TO for _ in "12"]
    reports = processes.together(*writers, *workers)
    rounds, handled = reports[: len(WRITERS)], reports[len(WRITERS) :]
    settled = processes.alone("settled", post)
    [log] = processes.together(("reader", 0, len(settled["log"])))
    wrong = [*_gaps(log), *_disorder(log, dict(zip(WRITERS, rounds, strict=True)), (post, shared))]
    for name, one, other in zip(SUBSCRIBES_TO, handled[::2], handled[1::2], strict=True):
        print(f"{name}: one worker handled {len(one):,} events, the other {len(other):,}")
        wrong += _not_once(name, one + other, log, before)
    if settled["known"][post]["comments"] != settled["known"][post]["shown"]:
        wrong.append("the page does not show the comments as they are")
    published = len(log) - before
    rate = f"{published:,} events, {published / seconds:,.0f} a second"
    print(f"{len(WRITERS)} writers, {seconds} s: {rate}")
    print("\n".join(wrong) or "gapless, in order, each handled once")
    return 1 if wrong else 0


def _gaps(log: Log) -> Iterator[str]:
    if [event[0] for event in log] != list(range(1, len(log) + 1)):
        yield "the positions have gaps"
    if len({event[1] for event in log}) != len(log):
        yield "an event is in the log twice"


def _disorder(log: Log, rounds: dict[str, int], shared: tuple[str, str]) -> Iterator[str]:
    """Each writer's changes of a post or a comment are there once, in their order."""
    texts_of = defaultdict(list)
    for _, _, subject, _, _, text in log:
        if text and text.startswith("writer "):
            texts_of[subject].append(text)
    for subject in shared:
        for name, count in rounds.items():
            theirs = [text for text, _ in groupby(texts_of[subject]) if text.startswith(f"{name} ")]
            if theirs != [f"{name} {n}" for n in range(count)]:
                yield f"{name}'s changes of {subject} are not in order"
    of_one = [texts for subject, texts in texts_of.items() if subject not in shared]
    if len(of_one) != sum(rounds.values()):
        yield "a comment is missing"
    for texts in of_one:
        if [text for text, _ in groupby(texts)] != [texts[0], f"{texts[0]} edited"]:
            yield f"the events of a comment are not in order: {texts}"


def _not_once(name: str, handled: list[int], log: Log, before: int) -> Iterator[str]:
    """Every event that the consumer subscribes to is handled by one of its two workers."""
    wanted = [event[0] for event in log if event[0] > before and event[3] in SUBSCRIBES_TO[name]]
    late = set(wanted) - set(handled)  # published after its workers had ended
    if twice := [position for position, count in Counter(handled).items() if count > 1]:
        yield f"{name} handled twice: {twice}"
    if late and min(late) <= max(handled, default=0):
        yield f"{name} did not handle {sorted(late)}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else SECONDS))
