"""``manage.py events``: the log in the terminal: followed live, one event, or a journey; and
exported to a file, and imported."""

import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import Error
from django.template.defaultfilters import pluralize
from django.utils.timezone import localtime
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from eventstore import journey, store, terminal
from eventstore.api import EventSerializer, JourneySerializer
from eventstore.cloudevents import to_line
from eventstore.contracts import CONTRACTS
from eventstore.importing import Import, Refused
from eventstore.journey import Did, Hop, Journey, Known, in_words
from eventstore.jsonlines import PIPED, BadFile, reading, written
from eventstore.models import Event
from eventstore.terminal import console, failed, peak_memory_mb, wrong_usage

LAST_EVENTS = 10  # that ``tail`` begins with
BATCH_EVENTS = 500
POLL_SECONDS = 0.5
INTERRUPTED = 130  # the exit code


class Command(terminal.Command):
    help = (
        "Shows the log. “tail” follows it until Ctrl+C, “show” prints one event with its data, "
        "“journey” what each service did about all events of one correlation, and when. “export” "
        "writes events to a file, as CloudEvents, and “import” appends those of one. Exit code 1 "
        "if there is no such event, an event of the journey is parked, or not all was exported or "
        "imported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = "tail|show|journey|export|import"
        what = parser.add_subparsers(dest="what", metavar=names, required=True)
        tail = what.add_parser("tail", help="follow the log")
        tail.add_argument("--type", action="append", metavar="TYPE", help="of this type only")
        tail.add_argument("--after", type=int, metavar="POSITION", help="begin after this one")
        tail.add_argument("--no-follow", action="store_true", help="end at the end of the log")
        show = what.add_parser("show", help="one event, with its data")
        show.add_argument("id", metavar="ID", help="an event's id, or its position")
        way = what.add_parser("journey", help="what each service did, and when")
        way.add_argument("id", metavar="ID", help="of an event, comment, post or correlation")
        way.add_argument("--after", type=int, default=0, metavar="POSITION", help="the rest")
        for each in (tail, show, way):
            each.add_argument("--json", action="store_true", help="for programs")
        out = what.add_parser("export", help="write events to a file, a CloudEvent a line")
        text = "is compressed if it ends in .gz; - is the standard output"
        out.add_argument("file", metavar="FILE", help=text)
        out.add_argument("--type", action="append", metavar="TYPE", help="of this type only")
        out.add_argument("--after", type=int, default=0, metavar="POSITION", help="begin after it")
        out.add_argument("--until", type=int, metavar="POSITION", help="end with this one")
        into = what.add_parser("import", help="append the events of a file; what is there stays")
        text = "what “export” wrote; - is the standard input"
        into.add_argument("file", metavar="FILE", help=text)
        text = "FILE is an excerpt: its events get the next positions"
        into.add_argument("--renumber", action="store_true", help=text)
        text = "import what this program cannot read, too: the consumers park it"
        into.add_argument("--keep-unreadable", action="store_true", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        self.console, self.as_json = console(self.stdout), options.get("json", False)
        try:
            match options["what"]:
                case "tail":
                    self._tail(options["type"], options["after"], not options["no_follow"])
                case "show":
                    self._show(options["id"])
                case "journey":
                    self._journey(options["id"], options["after"])
                case "export":
                    self._export(
                        options["file"], options["type"], options["after"], options["until"]
                    )
                case _:
                    taken = Import(options["keep_unreadable"], options["renumber"])
                    self._import(options["file"], taken)
        except Error as error:
            raise failed(error) from error
        except KeyboardInterrupt:
            self._line("")
        except BrokenPipeError:  # as by ``| head``
            sys.stderr.close()  # Python would report that stdout cannot be flushed

    def _line(self, text: str) -> None:
        self.stdout.write(text, ending="\n")

    def _json(self, data: Any) -> None:
        self._line(json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False))

    # --- tail

    def _tail(self, types: list[str] | None, after: int | None, follow: bool) -> None:
        _refuse_unknown(types or ())
        if after is not None and after < 0:
            raise wrong_usage("--after is a position: 0 or more")
        head = store.head_position()
        position = max(head - LAST_EVENTS, 0) if after is None else after
        if position > head:
            raise wrong_usage(f"--after {position}: the log ends at {head}")
        while True:
            # The head first: where fewer are found than wanted, all up to there have been read.
            if (head := store.head_position()) < position:
                self.stderr.write(f"The log was restored to an earlier state, up to {head}.")
                position = head
            events = Event.objects.filter(position__gt=position, position__lte=head)
            wanted = events.filter(type__in=types) if types else events
            batch = list(wanted[:BATCH_EVENTS])
            for event in batch:
                self._print(event)
            self.stdout.flush()
            is_end = len(batch) < BATCH_EVENTS
            position = head if is_end else batch[-1].position
            if is_end and not follow:
                return
            if is_end:
                time.sleep(POLL_SECONDS)

    def _print(self, event: Event) -> None:
        if self.as_json:
            self._json(EventSerializer().to_representation(event))
            return
        at = f"{localtime(event.time):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        decision = ", ".join(journey.decision_of(event).values())
        ids = f"{event.subject}  correlation {event.correlation_id}"
        self._line(f"{event.position:>8}  {at}  {event.type:<17}{ids}  {decision}".rstrip())

    # --- show

    def _show(self, key: str) -> None:
        event = journey.event_of(key)
        if event is None:
            if not key.isdecimal() and not journey.as_uuid(key):
                raise wrong_usage(f"{key!r} is neither an event's id nor a position")
            raise CommandError(f"no event has the id or position {key}")
        attributes = EventSerializer().to_representation(event)
        if self.as_json:
            self._json(attributes)
            return
        data = attributes.pop("data")
        for name, value in attributes.items():
            if value is not None:
                self._line(f"{name:<14} {value}")
        self._line(f"{'appended':<14} {event.appended_at or 'at a time that is not known'}")
        text = json.dumps(data, indent=2, ensure_ascii=False) if isinstance(data, dict) else data
        self._line(text)

    # --- journey

    def _journey(self, key: str, after: int) -> None:
        if after < 0:
            raise wrong_usage("--after is a position: 0 or more")
        try:
            found = journey.find(key, after)
        except journey.JourneyNotFound:
            raise CommandError(
                f"{key!r} is no event, post, comment or correlation that the log has"
            ) from None
        if self.as_json:
            self._json(JourneySerializer(found).data)
        else:
            self._print_journey(found)
        if count := len(found.stuck):
            raise CommandError(
                f"{count} hop{pluralize(count)} of this journey wait{pluralize(count, 's,')} for a "
                "person: retry or discard what is parked, in the admin under “Parked events”"
            )

    def _print_journey(self, found: Journey) -> None:
        begun = f"{localtime(found.begun.time):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        took = f", {in_words(found.took)} in all" if found.took is not None else ""
        columns = (
            Column("after", justify="right", no_wrap=True),
            Column("service", no_wrap=True),
            Column("what", overflow="fold"),
            Column("took", justify="right", no_wrap=True),
            Column("time is", no_wrap=True),
        )
        table = Table(*columns, box=box.SIMPLE_HEAD, title_justify="left")
        table.title = f"Journey {escape(found.correlation_id)}, begun {begun}{took}"
        for hop in found.hops:
            at = in_words(found.after(hop.at)) if hop.at else ""
            took = in_words(hop.took) if hop.took is not None else ""
            known = "" if hop.known == Known.UNKNOWN else hop.known.value
            table.add_row(at, hop.service, escape(_what(hop)), took, known)
        self.console.print(table)
        for trace_id in found.trace_ids:
            self._line(f"trace {trace_id}")
        for other in found.others:
            at = f"{localtime(other.time):%Y-%m-%d %H:%M:%S}"
            self._line(f"also about it: {other.correlation_id} ({other.type}, {at})")
        if found.next:
            self._line(f"There are more events: --after {found.next} shows the next ones.")

    # --- export and import

    def _export(self, file: str, types: list[str] | None, after: int, until: int | None) -> None:
        _refuse_unknown(types or ())
        head = store.head_position()
        upto = head if until is None else min(until, head)
        if not 0 <= after <= head:
            raise wrong_usage(f"--after is a position, 0 or more, and the log ends at {head}")
        if upto < after:
            raise wrong_usage(f"--until {until} comes before --after {after}")
        exported, began = 0, time.monotonic()
        try:
            with written(file) as out, _progress("Exporting", upto - after) as show:
                for events in store.scan_all(after, upto, types or ()):
                    out.write(b"".join(to_line(*each) for each in events))
                    exported += len(events)
                    show(events[-1][0] - after, exported)
        except BrokenPipeError:
            # What is still to be written would fail again when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CommandError("nobody read the export to its end") from None
        except (BadFile, OSError) as error:
            raise _bad(file, error) from error
        except KeyboardInterrupt:
            stopped = "Stopped: the export is not complete."
            raise CommandError(stopped, returncode=INTERRUPTED) from None
        done = f"{_events(exported)} exported{_speed(exported, began)}"
        to = self.stderr if file == PIPED else self.stdout
        to.write(f"{done}, up to position {upto:,}.", lambda text: text, ending="\n")

    def _import(self, file: str, taken: Import) -> None:
        began = time.monotonic()
        again = "Run this command again: it continues where it stopped."
        try:
            with reading(file) as source, _progress("Importing", source.size) as show:
                taken.run(source, lambda: show(source.tell(), taken.added + taken.known))
        except (Refused, BadFile) as error:
            raise CommandError(f"{file}, {error}. {_left(taken)}") from error
        except OSError as error:
            raise CommandError(f"{_bad(file, error)}. {_left(taken)}") from error
        except Error as error:
            raise CommandError(f"{failed(error)} {_left(taken)} {again}") from error
        except KeyboardInterrupt:
            stopped = f"Stopped. {_left(taken)} {again}"
            raise CommandError(stopped, returncode=INTERRUPTED) from None
        self._line(
            f"{_events(taken.added)} imported{_speed(taken.added + taken.known, began)}, "
            f"{taken.known:,} of the file were there already; up to position {taken.position:,}."
        )
        if taken.moved:
            self._line(f"At another position than in the file: {_events(taken.moved)}.")


def _refuse_unknown(types: Sequence[str]) -> None:
    if unknown := sorted(set(types) - CONTRACTS.keys()):
        raise wrong_usage(f"no event is called {unknown[0]!r}; there are {', '.join(CONTRACTS)}")


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Callable[[int, int], None]]:
    """A bar, if a person is looking: how much of ``total`` is done, and how many events a second
    that is."""
    console = Console(file=sys.stderr)
    columns = (
        *(TextColumn("[bold]{task.description}"), BarColumn(), TaskProgressColumn()),
        *(TextColumn("{task.fields[rate]:,.0f} events/s"), TimeElapsedColumn()),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total, rate=0)

        def show(done: int, events: int) -> None:
            elapsed = bar.tasks[task].elapsed or 0
            bar.update(task, completed=done, rate=events / elapsed if elapsed else 0)

        yield show


def _bad(file: str, error: Exception) -> CommandError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return CommandError(f"{file}: {why}")


def _left(taken: Import) -> str:
    """What an import that failed has left."""
    if not taken.added:
        return "Nothing was imported."
    return (
        f"{_events(taken.added)} before it {'were' if taken.added > 1 else 'was'} imported, up to "
        f"position {taken.position:,}. The consumers are paused until an import is complete, or "
        "until `manage.py services resume NAME`."
    )


def _events(count: int) -> str:
    return f"{count:,} event{pluralize(count)}"


def _speed(events: int, began: float) -> str:
    seconds = time.monotonic() - began
    rate = f"{events / seconds:,.0f} events/s" if seconds else ""
    return f" in {seconds:.1f} s ({rate}, peak memory {peak_memory_mb():.0f} MB)"


def _what(hop: Hop) -> str:
    lines = [f"{hop.did} {hop.event.type} ({hop.event.position})"]
    if hop.did in (Did.NOT_YET, Did.UNKNOWN):
        lines = [f"{hop.event.type} ({hop.event.position}): {hop.did}"]
    if hop.attempts:
        lines.append(f"  {hop.attempts} attempt{pluralize(hop.attempts)} failed")
    if hop.error:
        lines.append(f"  {hop.error}")
    shown = [hop.event] if hop.did == Did.PUBLISHED else hop.published[:3]
    for event in shown:
        decision = ", ".join(journey.decision_of(event).values())
        if hop.did == Did.PUBLISHED:
            lines += [f"  {decision}"] if decision else []
        else:
            of = f": {decision}" if decision else ""
            lines.append(f"  → published {event.type} ({event.position}){of}")
    if more := len(hop.published) - 3:
        lines += [f"  → and {more:,} more"] if more > 0 else []
    return "\n".join(lines)
