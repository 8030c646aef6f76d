"""Up to where a command goes: a position in the log, or a time."""

from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from eventstore import store
from eventstore.commands import wrong_usage


def position_of(text: str) -> int:
    """A position, or the last position at a time (ISO 8601; local where it names no zone). Raises
    CommandError (2) for what is neither."""
    if text.isdecimal():
        return min(int(text), store.head_position())
    try:
        moment: datetime | None = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise wrong_usage(f"--until: {text!r} is no position and no ISO time")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return store.position_at(moment)
