"""Compare a service's rows with the log; take what the log has, or publish what it has not.

The walk reads in chunks, without a lock. What differs is looked at again under the rows' locks,
together with what is still in the outbox, and for what depends on events that the service handles,
under the lock of its checkpoint: writes that come meanwhile are no difference.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from eventstore import correlation
from eventstore.contracts import Contract
from eventstore.owned import Known, Owned
from eventstore.parking import State
from eventstore.rows import Upsert
from eventstore.upserts import upsert

log = logging.getLogger(__name__)

CHUNK = 500  # rows that are read at a time
LOCKED_ROWS = 100  # at a time: others wait for these
MAX_KEYS = 5  # that are kept of each kind


class Kind(StrEnum):
    """How a row differs from the log."""

    MISSING = "missing"  # the log has it, the table lacks it
    OLDER = "older than in the log"
    GONE = "deleted in the log"
    NEWER = "different from all that the log has"
    UNKNOWN = "not in the log"
    UNREADABLE = "in the log in a form that cannot be read"


TAKEN = {Kind.MISSING, Kind.OLDER, Kind.GONE}  # by ``recover``
PUBLISHED = {Kind.OLDER, Kind.NEWER, Kind.UNKNOWN}  # by ``republish``


class Difference(NamedTuple):
    key: UUID
    kind: Kind
    row: Any  # of the table; None where it is missing
    known: Known | None  # of the log


@dataclass
class Found:
    """How many keys of one kind, and the first of them."""

    count: int = 0
    keys: list[UUID] = field(default_factory=list)

    def add(self, key: UUID) -> None:
        self.count += 1
        if len(self.keys) < MAX_KEYS:
            self.keys.append(key)


Report = dict[Kind, Found]
Progress = Callable[[int], None]  # of how many more keys were compared
Act = Callable[[Owned, Sequence[Difference]], Iterable[Difference]]
"""Does something about these differences, in the transaction that has them locked; returns those
about which it did something."""


class Reconciled(NamedTuple):
    """What was done about differences, and which are left."""

    done: Report
    left: Report


def verify(owned: Owned, progress: Progress = lambda keys: None, chunk: int = CHUNK) -> Reconciled:
    """Change nothing."""
    return _reconcile(owned, lambda owned, found: (), progress, chunk)


def recover(
    owned: Owned,
    progress: Progress = lambda keys: None,
    chunk: int = CHUNK,
    *,
    dry_run: bool = False,
) -> Reconciled:
    """Make the missing rows, and those that are older than the log, from its events; delete those
    that it has as deleted. What the log lacks is left. With ``dry_run`` nothing is changed."""
    return _reconcile(owned, _would_take if dry_run else _take, progress, chunk)


def republish(
    owned: Owned,
    progress: Progress = lambda keys: None,
    chunk: int = CHUNK,
    *,
    deletions: bool = False,
    dry_run: bool = False,
) -> Reconciled:
    """Publish what the log does not know, or has otherwise, from the rows; with ``deletions``, also
    that those which are missing are deleted. With ``dry_run`` nothing is published."""
    run = str(uuid4())

    def publish(owned: Owned, found: Sequence[Difference]) -> list[Difference]:
        events = [(each, _lacking(owned, each, deletions)) for each in found]
        if not dry_run:
            for difference, lacking in events:
                _publish(owned, difference, lacking, run)
        return [difference for difference, lacking in events if lacking]

    return _reconcile(owned, publish, progress, chunk)


def find(owned: Owned, key: UUID) -> Any:
    """The row with this key; one that the table has lost is made again from the log. None where
    neither has it. A service does so before it reports that something does not exist."""
    if row := owned.rows([key]).get(key):
        return row
    if not is_stored(owned, key):
        return None
    with transaction.atomic(using=owned.alias):
        return restore(owned, key)


def restore(owned: Owned, key: UUID) -> Any:
    """The row with this key, which the table lacks: made again from the log, and locked. None
    where the log has it not, or as deleted. Call it in a transaction of the service's database."""
    if not is_stored(owned, key):
        return None
    # Under a lock: the first look may be out of date, and another may do the same.
    if _take(owned, _locked_differences(owned, [key], ahead=True)):
        log.warning("%s had lost %s: it is made again from the log", owned.table, key)
    return owned.rows([key], locked=True).get(key)


def is_stored(owned: Owned, key: UUID) -> bool:
    """Whether the log has this row, and not as deleted. Without a lock: it may change."""
    known = owned.read([key]).get(key)
    return known is not None and known.row is not None


# --- The walk


def _reconcile(owned: Owned, act: Act, progress: Progress, chunk: int) -> Reconciled:
    done, left = defaultdict[Kind, Found](Found), defaultdict[Kind, Found](Found)
    for keys in _walk(owned, chunk):
        suspects = [each.key for each in _differences(owned, keys, _position(owned))]
        for start in range(0, len(suspects), LOCKED_ROWS):
            with transaction.atomic(using=owned.alias):
                found = _locked_differences(owned, suspects[start : start + LOCKED_ROWS])
                acted = {each.key for each in act(owned, found)} if found else set()
            for each in found:
                (done if each.key in acted else left)[each.kind].add(each.key)
        progress(len(keys))
    return Reconciled(dict(done), dict(left))


def _walk(owned: Owned, chunk: int) -> Iterator[list[UUID]]:
    """The table's keys, then those that only the log has, in lists."""
    last = None
    while keys := owned.keys_after(last, chunk):
        last = keys[-1]
        yield keys
    last = None
    while subjects := owned.subjects_after(last, chunk):
        last = subjects[-1]
        there = owned.model._default_manager.filter(pk__in=subjects).values_list("pk", flat=True)
        if lacking := sorted(set(subjects) - set(there)):
            yield lacking


def _locked_differences(
    owned: Owned, keys: Sequence[UUID], *, ahead: bool = False
) -> list[Difference]:
    """With ``ahead``, what the service has not handled yet counts, too."""
    position = owned.consumer.lock().position if owned.consumer else None
    found = _differences(owned, keys, None if ahead else position, locked=True)
    if ahead or not found or not owned.consumer:
        return found
    # Rows may be ahead of the checkpoint; what belongs to a parked event waits for it.
    posts = {each.key: _post_of(each) for each in found}
    parked = owned.consumer.parking.rows(*State).filter(key__in=set(posts.values()))
    blocked = set(parked.order_by().values_list("key", flat=True))
    later = owned.read([each.key for each in found if each.kind == Kind.UNKNOWN])
    return [each for each in found if posts[each.key] not in blocked and each.key not in later]


def _differences(
    owned: Owned, keys: Sequence[UUID], position: int | None, *, locked: bool = False
) -> list[Difference]:
    rows = owned.rows(keys, locked=locked)
    known = owned.read(keys, position)
    found = []
    for key in keys:
        row, of_log = rows.get(key), known.get(key)
        if kind := _kind(owned, row, of_log):
            found.append(Difference(key, kind, row, of_log))
    return found


def _kind(owned: Owned, row: Any, known: Known | None) -> Kind | None:
    if known is None:
        return None if row is None or owned.may_be_unknown(row) else Kind.UNKNOWN
    if not known.is_readable:
        return Kind.UNREADABLE
    if known.row is None:
        return None if row is None else Kind.GONE
    if row is None:
        return Kind.MISSING
    if owned.is_same(row, known.row):
        return None
    return Kind.OLDER if owned.was(row) else Kind.NEWER


def _position(owned: Owned) -> int | None:
    return owned.consumer.position() if owned.consumer else None


def _post_of(difference: Difference) -> UUID:
    row = difference.row or (difference.known and difference.known.row)
    found: UUID = getattr(row, "post_id", difference.key)
    return found


# --- What is done about differences


def _would_take(owned: Owned, found: Sequence[Difference]) -> list[Difference]:
    return [each for each in found if each.kind in TAKEN]


def _take(owned: Owned, found: Sequence[Difference]) -> list[Difference]:
    made, changed = [], []
    for key, kind, row, known in found:
        if kind == Kind.MISSING and known:
            made.append(known.row)
        elif kind == Kind.OLDER and known:
            owned.overwrite(row, known.row)
            changed.append(row)
        elif kind == Kind.GONE:
            owned.model._default_manager.filter(pk=key).delete()
    if made:
        owned.settle(_insert(owned, made))
    if changed:
        upsert(owned.model, [Upsert.of(row).values for row in changed], owned.alias)
    return _would_take(owned, found)


def _insert(owned: Owned, rows: Sequence[Any]) -> list[Any]:
    """Insert these rows; returns those that are there then, locked."""
    keys = [row.pk for row in rows]
    owned.model._default_manager.bulk_create(rows, ignore_conflicts=True)
    there = owned.rows(keys, locked=True)
    # Somebody else may have made a row, and deleted it again, while the insert waited for that.
    known = owned.read(keys)
    gone = [key for key in there if key in known and known[key].row is None]
    owned.model._default_manager.filter(pk__in=gone).delete()
    return [row for key, row in there.items() if key not in gone]


def _lacking(owned: Owned, difference: Difference, deletions: bool) -> list[Contract]:
    """What the log lacks of this row."""
    _, kind, row, known = difference
    if owned.outbox is None:
        return []
    if kind in PUBLISHED:
        return owned.announce(row, known is not None)
    if kind == Kind.MISSING and deletions and known and (event := owned.revoke(known.row)):
        return [event]
    return []


def _publish(owned: Owned, difference: Difference, events: Sequence[Contract], run: str) -> None:
    scope = correlation.scope(run)
    if difference.row is None and difference.known:
        # A missing row cannot be locked: the same id, if two do this at the same time.
        scope = correlation.scope(run, difference.known.last, "republish")
    with scope:
        for event in events:
            if owned.outbox:
                owned.outbox.publish(event)
