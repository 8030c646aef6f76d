"""``python -m tests.eventstore.scale [SECONDS]``: on PostgreSQL, eight processes write for so
long, and two workers of each service follow them. Exit code 1 where a position is missing, an event
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
from tests.eventstore.crowd import Field
from tests.own import command, databases

WRITERS = [f"writer {n}" for n in range(8)]
SECONDS = 60
HEARS = {
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
        field = Field(Path(folder), DATABASE_URL=url)
        command(field.env, "-m", "config.processes.prepare")
        return play(field, seconds)


def play(field: Field, seconds: int) -> int:
    post, shared, before = field.alone("opening")
    writers = [("busy", name, seconds, post, shared) for name in WRITERS]
    workers = [("follower", name, seconds + 2) for name in HEARS for _ in "12"]
    told = field.together(*writers, *workers)
    rounds, handled = told[: len(WRITERS)], told[len(WRITERS) :]
    settled = field.alone("settled", post)
    [log] = field.together(("reader", 0, len(settled["log"])))
    wrong = [*_gaps(log), *_disorder(log, dict(zip(WRITERS, rounds, strict=True)), (post, shared))]
    for name, one, other in zip(HEARS, handled[::2], handled[1::2], strict=True):
        print(f"{name}: one worker handled {len(one):,} events, the other {len(other):,}")
        wrong += _not_once(name, one + other, log, before)
    if settled["known"][post]["comments"] != settled["known"][post]["shown"]:
        wrong.append("the page does not show the comments as they are")
    said = len(log) - before
    print(f"{len(WRITERS)} writers, {seconds} s: {said:,} events, {said / seconds:,.0f} a second")
    print("\n".join(wrong) or "gapless, in order, each handled once")
    return 1 if wrong else 0


def _gaps(log: Log) -> Iterator[str]:
    if [event[0] for event in log] != list(range(1, len(log) + 1)):
        yield "the positions have gaps"
    if len({event[1] for event in log}) != len(log):
        yield "an event is in the log twice"


def _disorder(log: Log, rounds: dict[str, int], shared: tuple[str, str]) -> Iterator[str]:
    """What each writer says of a post or a comment is there once, in the order in which it did."""
    said = defaultdict(list)
    for _, _, subject, _, _, text in log:
        if text and text.startswith("writer "):
            said[subject].append(text)
    for subject in shared:
        for name, count in rounds.items():
            theirs = [text for text, _ in groupby(said[subject]) if text.startswith(f"{name} ")]
            if theirs != [f"{name} {n}" for n in range(count)]:
                yield f"{name}'s changes of {subject} are not in order"
    of_one = [texts for subject, texts in said.items() if subject not in shared]
    if len(of_one) != sum(rounds.values()):
        yield "a comment is missing"
    for texts in of_one:
        if [text for text, _ in groupby(texts)] != [texts[0], f"{texts[0]} edited"]:
            yield f"the events of a comment are not in order: {texts}"


def _not_once(name: str, handled: list[int], log: Log, before: int) -> Iterator[str]:
    """Every event that the consumer hears of is handled by one of its two workers."""
    wanted = [event[0] for event in log if event[0] > before and event[3] in HEARS[name]]
    late = set(wanted) - set(handled)  # said after its workers had ended
    if twice := [position for position, count in Counter(handled).items() if count > 1]:
        yield f"{name} handled twice: {twice}"
    if late and min(late) <= max(handled, default=0):
        yield f"{name} did not handle {sorted(late)}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else SECONDS))
