"""The signal that the event store sends inside the process that appended."""

from django.dispatch import Signal

events_appended = Signal()
"""Sent after the commit of an append, with ``first`` and ``last``, the positions appended, and
``types``, the set of their types."""
