"""Owned rows: what a service's tables have in common with the events about it. Since events carry
the full state, such rows can be compared with the log, made again from it, and published again.

A service declares its own in ``recovery.py``, which is found by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.db import models, router
from django.db.models import Max, Q

from eventstore.consumer import Consumer
from eventstore.contracts import BadEvent, Contract, decode
from eventstore.models import KIND, Event
from eventstore.outbox import Outbox

_registry: list["Owned"] = []


class Recorded(NamedTuple):
    """An event in the log, or on its way there in the outbox: then it is later than all of the
    log's about the same subject."""

    subject: UUID
    type: str
    is_waiting: bool
    place: int  # its position, or its sequence in the outbox
    id: UUID
    time: datetime
    data: str
    version: int

    @property
    def order(self) -> tuple[bool, int]:
        return self.is_waiting, self.place

    def read(self) -> Any:
        """Raises BadEvent."""
        return decode(self.type, self.data, self.version)


Latest = Mapping[str, Recorded]  # the last event of each type about one subject


class Known(NamedTuple):
    """What the events have of one row: ``row`` is None where it is gone, or where ``is_readable``
    is False; ``last`` is the id of the last event about it."""

    row: Any
    last: UUID
    is_readable: bool = True


class Owned:
    """The rows of one table. A subclass sets what is below, and may override what follows; its
    service makes one instance.

    ``attributes``: what an event's attributes are called in the table; the first is the key's."""

    model: ClassVar[type[models.Model]]
    attributes: ClassVar[Mapping[str, str]]
    states: ClassVar[Sequence[type[Contract]]]  # what the full state comes with; first when new
    gone: ClassVar[type[Contract]]
    others: ClassVar[Sequence[type[Contract]]] = ()  # more that is known of a row
    outbox: ClassVar[type[Outbox] | None] = None  # None: the events are another service's
    consumer: ClassVar[Consumer | None] = None  # what it has not handled is not expected yet

    def __init__(self) -> None:
        _registry.append(self)

    @property
    def service(self) -> str:
        return self.model._meta.app_label

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def alias(self) -> str:
        return router.db_for_write(self.model)

    @property
    def types(self) -> list[str]:
        return [each.__name__ for each in (*self.states, self.gone, *self.others)]

    # --- What differs from table to table

    def build(self, latest: Latest) -> Known | None:
        """What these events have of the row; None where they alone do not suffice. Raises
        BadEvent."""
        last = max(latest.values(), key=lambda event: event.order)
        row = None if last.type == self.gone.__name__ else self.row_of(last.read())
        return Known(row, last.id)

    def is_same(self, row: Any, expected: Any) -> bool:
        names = self.attributes.values()
        return all(getattr(row, name) == getattr(expected, name) for name in names)

    def was(self, row: Any) -> bool:
        """Whether an earlier event has this state: the row is older than the log."""
        names = [state.__name__ for state in self.states]
        return any(self.is_same(row, self.row_of(event)) for event in self.history(row.pk, names))

    def overwrite(self, row: Any, expected: Any) -> None:
        for name in self.attributes.values():
            setattr(row, name, getattr(expected, name))

    def settle(self, made: Sequence[Any]) -> None:
        """These rows have been made again: whatever follows from that, in the same transaction."""

    def may_be_unknown(self, row: Any) -> bool:
        """Whether it is right that no event is about this row."""
        return False

    def announce(self, row: Any, is_known: bool) -> list[Contract]:
        """The events that publish this row's state, which the log does not know at all or has
        otherwise."""
        new, *changed = self.states
        return [self.event_of(changed[0] if is_known else new, row)]

    def revoke(self, row: Any) -> Contract | None:
        """The event that publishes that the row is gone, if the service has one."""
        return self.event_of(self.gone, row)

    # --- What is the same for all

    def row_of(self, event: Any) -> Any:
        """The row with the full state of this event; not saved."""
        return self.model(**{of: getattr(event, name) for name, of in self.attributes.items()})

    def event_of(self, contract: type[Contract], row: Any, **given: Any) -> Contract:
        names = contract.__struct_fields__
        own = {name: getattr(row, of) for name, of in self.attributes.items() if name in names}
        return contract(**{**own, **given})

    def rows(self, keys: Iterable[UUID], *, locked: bool = False) -> dict[UUID, Any]:
        found = self.model._default_manager.filter(pk__in=list(keys)).order_by("pk")
        return {row.pk: row for row in (found.select_for_update() if locked else found)}

    def read(self, keys: Iterable[UUID], upto: int | None = None) -> dict[UUID, Known]:
        """What the events have of the rows with these keys, as far as they know these. Of other
        services' events, those up to the position ``upto``."""
        known = {}
        for key, events in self.latest(list(keys), upto).items():
            try:
                found = self.build(events)
            except BadEvent:
                last = max(events.values(), key=lambda event: event.order)
                found = Known(None, last.id, is_readable=False)
            if found:
                known[key] = found
        return known

    def latest(self, keys: Sequence[UUID], upto: int | None = None) -> dict[UUID, Latest]:
        """The last event of each type about these, in the log or in the outbox."""
        # The outbox first: what is relayed in between is then read twice, and not missed.
        waiting = self._waiting(keys)
        found = dict[UUID, dict[str, Recorded]]()
        for event in (*self._stored(keys, upto), *waiting):
            found.setdefault(event.subject, {})[event.type] = event
        return dict(found)

    def history(self, key: UUID, types: Sequence[str]) -> Iterable[Any]:
        """All events of these types about one subject, as far as they can be read."""
        return (event.read() for event in self.recorded(key, types))

    def recorded(self, key: UUID, types: Sequence[str]) -> Iterable[Recorded]:
        """These events as the log has them."""
        about = Event.objects.alias(kind=KIND).filter(subject=key, kind__in=types)
        events = about.order_by("position")
        names = ("subject", "type", "position", "id", "time", "data", "version")
        for row in events.values_list(*names).iterator(chunk_size=100):
            event = Recorded(row[0], row[1], False, *row[2:])
            with suppress(BadEvent):
                event.read()
                yield event

    def _of_these_types(self, upto: int | None) -> Q:
        if upto is None:
            return Q(kind__in=self.types)
        contracts = (*self.states, self.gone, *self.others)
        own = [each.__name__ for each in contracts if each.source == self.service]
        handled = [each.__name__ for each in contracts if each.source != self.service]
        return Q(kind__in=own) | Q(kind__in=handled, position__lte=upto)

    def _stored(self, keys: Sequence[UUID], upto: int | None) -> list[Recorded]:
        events = Event.objects.alias(kind=KIND).filter(subject__in=keys)
        about = events.filter(self._of_these_types(upto)).order_by()
        last = about.values("subject", "type").annotate(at=Max("position"))
        places = list(last.values_list("at", flat=True))
        names = ("subject", "type", "position", "id", "time", "data", "version")
        rows = Event.objects.filter(position__in=places).values_list(*names)
        return [Recorded(row[0], row[1], False, *row[2:]) for row in rows]

    def _waiting(self, keys: Sequence[UUID]) -> list[Recorded]:
        if self.outbox is None:
            return []
        names = ("subject", "type", "sequence", "id", "time", "data", "version")
        rows = self.outbox._default_manager.filter(subject__in=keys, type__in=self.types)
        ordered = rows.order_by("sequence").values_list(*names)
        return [Recorded(row[0], row[1], True, *row[2:]) for row in ordered]

    def subjects_after(self, key: UUID | None, limit: int) -> list[UUID]:
        """At most so many subjects of the log, in order of their ids."""
        names = [state.__name__ for state in self.states]
        events = Event.objects.alias(kind=KIND).filter(kind__in=names)
        if key is not None:
            events = events.filter(subject__gt=key)
        return list(events.order_by("subject").values_list("subject", flat=True).distinct()[:limit])

    def keys_after(self, key: UUID | None, limit: int) -> list[UUID]:
        """At most so many of the table's keys, in their order."""
        rows = self.model._default_manager.order_by("pk")
        if key is not None:
            rows = rows.filter(pk__gt=key)
        return list(rows.values_list("pk", flat=True)[:limit])


def owned_by(service: str) -> list[Owned]:
    """What this service has; empty for one that owns nothing, or is not in this process."""
    return [each for each in _registry if each.service == service]


def owners() -> list[str]:
    """The services that own rows, of those in this process."""
    return sorted({each.service for each in _registry})
