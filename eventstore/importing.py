"""Import events from another log, or from a copy of this one: batch by batch, each a transaction.

They are appended in the order of the file; what the log has already is left as it is. So a whole
log comes to the same positions in an empty store, and an import that was killed continues.

No consumer may see a part of a history: it would do again what the rest says was done. So all are
paused from the first append until the import is complete, also if it dies in between.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db import Error

from eventstore import standing, store
from eventstore.cloudevents import BadLine, differing, from_line, refuse_unreadable
from eventstore.consumer import consumers
from eventstore.garbage import uncollected
from eventstore.models import Event, Subscription
from eventstore.statements import table
from eventstore.store import NewEvent
from eventstore.tasks import PAUSE_CHECK_SECONDS

BATCH_EVENTS = 1_000
BY = "manage.py events import"  # who has paused the consumers


class Line(NamedTuple):
    number: int
    position: int  # in the log that it comes from; 0 if that is not known
    event: NewEvent


class Stored(NamedTuple):
    position: int
    event: NewEvent


class Refused(ValueError):
    """A line cannot be imported, and nothing of its batch was."""

    def __init__(self, line: Line | int, reason: str) -> None:
        number = line if isinstance(line, int) else line.number
        super().__init__(f"line {number:,}: {reason}")


@dataclass
class Import:
    """One import. ``keep_unreadable``: events that this program cannot read are taken as they are,
    for the consumers to park. ``renumber``: positions in the file have no meaning here, as those of
    an excerpt."""

    keep_unreadable: bool = False
    renumber: bool = False

    def __post_init__(self) -> None:
        self.added = self.known = 0
        self.moved = 0  # of both: to another position than in the file
        self.position = 0  # of the last one
        self._is_alone, self._paused = False, list[str]()
        self._last = 0  # the position, in the log that it comes from, of the last one added

    def run(self, lines: Iterable[bytes], progress: Callable[[], None] = lambda: None) -> None:
        """Raises Refused. Then, or if it is interrupted, the consumers stay paused if a part of the
        file was added."""
        numbered = (line for line in enumerate(lines, 1) if not line[1].isspace())
        try:
            while some := list(islice(numbered, BATCH_EVENTS)):
                self._take(some)
                progress()
        except BaseException:
            if not self.added:
                with suppress(Error):
                    _resume(self._paused)
            raise
        paused = Subscription.objects.filter(paused_by=BY)  # by one that died, too
        _resume(list(paused.values_list("consumer", flat=True)))

    @uncollected()
    def _take(self, some: Sequence[tuple[int, bytes]]) -> None:
        batch = self._read(some)
        if not self._is_alone:
            known = _find(batch)
            if len(known) == len(batch):
                _refuse_other_content(batch, known)
                self._count(batch, known, {})
                return
            self._pause()
        with store.locked_head() as head:
            end = head.position
            positions = head.append(line.event for line in batch.values())
            known = _find(each for each, position in positions.items() if position <= end)
            added = {each: positions[each] for each in batch if each not in known}
            self._refuse_places([(batch[each], position) for each, position in added.items()])
            _refuse_other_content(batch, known)
        self._count(batch, known, added)

    def _read(self, some: Sequence[tuple[int, bytes]]) -> dict[UUID, Line]:
        """What these lines have, each event once."""
        batch: dict[UUID, Line] = {}
        for number, text in some:
            try:
                line = Line(number, *from_line(text))
                if not self.keep_unreadable:
                    refuse_unreadable(line.event)
            except BadLine as error:
                raise Refused(number, str(error)) from error
            first = batch.setdefault(line.event.id, line)
            if first is not line and (names := differing(first.event, line.event)):
                there = f"line {first.number:,} has event {line.event.id}"
                raise Refused(line, f"{there} with another {' and '.join(names)}")
        return batch

    def _refuse_places(self, added: Sequence[tuple[Line, int]]) -> None:
        """An event comes to its own position or, if the log has others, to a later one."""
        last = self._last
        for line, position in added:
            if not line.position or self.renumber:
                continue
            if line.position > position:
                what = f"it is at position {line.position:,} of its log, and this one ends before"
                raise Refused(line, f"{what}: {position - 1:,}. Import what comes before it first")
            if line.position <= last:
                raise Refused(line, f"position {line.position:,} does not come after {last:,}")
            last = line.position
        self._last = last

    def _count(
        self, batch: Mapping[UUID, Line], known: Mapping[UUID, Stored], added: Mapping[UUID, int]
    ) -> None:
        positions = {**{each: stored.position for each, stored in known.items()}, **added}
        self.added += len(added)
        self.known += len(known)
        self.moved += sum(line.position not in (0, positions[each]) for each, line in batch.items())
        self.position = positions[list(batch)[-1]]

    def _pause(self) -> None:
        """Once the workers know it: they look from time to time."""
        subscribed = Subscription.objects.values_list("consumer", flat=True)
        names = sorted({*consumers(), *subscribed})
        self._paused = [name for name in names if standing.pause(name, BY)]
        if Subscription.objects.filter(consumer__in=self._paused, seen_at__isnull=False).exists():
            time.sleep(2 * PAUSE_CHECK_SECONDS)
        self._is_alone = True


def _find(ids: Iterable[UUID]) -> dict[UUID, Stored]:
    """Those of these events that the log has."""
    rows = table(Event).find("id", list(ids), ("position", *NewEvent._fields))
    found = (Stored(row[0], NewEvent(*row[1:])) for row in rows)
    return {stored.event.id: stored for stored in found}


def _refuse_other_content(batch: Mapping[UUID, Line], known: Mapping[UUID, Stored]) -> None:
    for event_id, (position, event) in known.items():
        if names := differing(batch[event_id].event, event):
            there = f"the log has event {event_id} at position {position:,}"
            raise Refused(batch[event_id], f"{there} with another {' and '.join(names)}")


def _resume(names: Iterable[str]) -> None:
    for name in names:
        standing.resume(name, BY)
