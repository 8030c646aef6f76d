"""The event log goes back under traffic, as by a restored backup; then services publish again what
it lost, as docs/operations.md describes.

This file also runs as a program, in a process with the run's databases: ``cut EVENTS`` takes the
log's last events away and prints them; ``repair`` does what a person does then.
"""

import sys
import time
from io import StringIO
from typing import Any

import django
import msgspec
from django.core.management import CommandError, call_command

from lab.chaos.nemesis import FaultKind
from lab.chaos.state import Event, event_of
from lab.children import send
from lab.errors import LabFailed
from lab.sandbox import Sandbox

MAX_LOST_EVENTS = 30
REPAIR_SECONDS = 120  # other faults hit the repair as well: it is repeated
SERVICES = ("posts", "comments", "moderation")  # each makes rows of what those before it publish


class Rollback:
    """``lost``: the events that were taken away, in order."""

    def __init__(self, box: Sandbox) -> None:
        self._box, self.lost = box, list[Event]()

    def kinds(self) -> list[FaultKind]:
        return [FaultKind("log rolled back", 0.5, self.roll_back, lasts=True)]

    def roll_back(self, pick: float, seconds: float) -> bool:
        """Meanwhile the log grows again. Raises LabFailed if what it lost cannot be repaired."""
        try:
            lost = self._box.run(__name__, "cut", 1 + int(pick * MAX_LOST_EVENTS))
        except LabFailed:  # another fault was faster
            return False
        self.lost += msgspec.convert(lost, list[Event])
        time.sleep(seconds)
        end = time.monotonic() + REPAIR_SECONDS
        while True:
            try:
                self._box.run(__name__, "repair")
            except LabFailed:
                if time.monotonic() > end:
                    raise
            else:
                return bool(lost)


def cut(number: int) -> list[dict[str, Any]]:
    """Take the last ``number`` events away; returns them."""
    from eventstore import models, store

    with store.locked_head():
        head = store.head_position()
        events = models.Event.objects.filter(position__gt=head - number).order_by("position")
        lost = [event_of(each) for each in events]
        events.delete()
        models.Head.objects.update(position=max(0, head - number))
    as_json: list[dict[str, Any]] = msgspec.to_builtins(lost, str_keys=True)
    return as_json


def repair() -> None:
    """Raises CommandError where the log and a service still differ, as they may amid traffic."""
    for service in SERVICES:
        call_command("republish", service, deletions=True, stdout=StringIO())


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "cut":
        send(cut(int(sys.argv[2])))
    else:
        try:
            repair()
        except CommandError as error:
            sys.exit(str(error))
