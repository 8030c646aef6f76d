"""``manage.py compare``"""

import os
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console

from comparison import results
from comparison.lab import Lab
from comparison.machine import about
from comparison.parts import parts
from comparison.parts.part import Options, Part, Say
from comparison.readme import tables
from comparison.readme.picture import NoPicture, write
from comparison.results import Kept
from comparison.usage import SHOWN, refuse_what_does_not_go_together
from eventstore import terminal
from eventstore.terminal import console
from lab.errors import LabFailed
from lab.sandbox import database


class Command(terminal.Command):
    help = (
        "Builds the same page in every way and measures them side by side, in processes and "
        "databases of its own; the blog's are left alone."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(f"{name} ({part.title.lower()})" for name, part in parts().items())
        parser.add_argument("part", choices=[*parts(), "all"], help=f"{names}, or all")
        parser.add_argument("--quick", action="store_true", help="a glance: under a minute in all")
        parser.add_argument(
            "--show", action="store_true", help="measure nothing: show what was measured last"
        )
        parser.add_argument(
            "--keep", action="store_true", help="put the results into the repository, too"
        )
        shown = parser.add_argument_group("with --show")
        shown.add_argument(
            "--kept", action="store_true", help="what the repository keeps, not this machine's"
        )
        shown.add_argument("--markdown", action="store_true", help="the main numbers in Markdown")
        shown.add_argument("--svg", metavar="PATH", type=Path, help="write the part's plot there")
        shown.add_argument(
            "--delay", metavar="MS", type=float, help="in the plot of reads: the nearest measured"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_what_does_not_go_together(options)
        self.console = console(self.stdout)
        wanted = list(parts().values()) if options["part"] == "all" else [parts()[options["part"]]]
        if options["show"]:
            self.show(wanted, **{name: options[name] for name in SHOWN})
            return
        try:
            with ending_in_order():
                self.measure(wanted, Options(options["quick"]), options["keep"])
        except LabFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "stopped; everything that was started has ended", returncode=130
            ) from None

    def measure(self, wanted: Iterable[Part], options: Options, keep: bool) -> None:
        with Lab() as lab:
            for part in wanted:
                began = time.monotonic()
                said = about(_command(), options.quick, database(os.environ))
                with saying(self.console) as say:
                    found = part.run(lab, options, say)
                said["seconds"] = round(time.monotonic() - began, 1)
                self.draw(part, Kept(said, found))
                for path in (results.here(), *([results.KEPT] if keep else [])):
                    results.store(path, {part.name: Kept(said, found)})
        self.console.print(f"The numbers are in {results.here()}")

    def show(
        self,
        wanted: Iterable[Part],
        *,
        kept: bool,
        markdown: bool,
        svg: Path | None,
        delay: float | None,
    ) -> None:
        found = results.read(results.KEPT)
        if not kept:
            found = results.load() | results.read(results.here())
        names = [part.name for part in wanted]
        if missing := [name for name in names if name not in found]:
            raise CommandError(f"{missing[0]} was not measured yet: leave out --show")
        if markdown:
            self.stdout.write(tables.markdown(found, names))
        if svg:
            try:
                write(svg, {name: found[name] for name in names}, delay)
            except NoPicture as error:
                raise CommandError(str(error)) from error
            self.console.print(f"The picture is in {svg}")
        for part in [] if markdown or svg else wanted:
            self.draw(part, found[part.name])

    def draw(self, part: Part, kept: Kept) -> None:
        machine = kept.about["machine"]
        self.console.print(f"\n[bold]{part.title}[/bold]")
        self.console.print(
            f"{kept.about['date']}, {machine['processor']}, {machine['cores']} cores, "
            f"load {machine['load']}, {kept.about['database']}, {kept.about['seconds']:.0f} s"
        )
        for table in part.tables(kept.results):
            self.console.print()
            self.console.print(table)


@contextmanager
def saying(console: Console) -> Iterator[Say]:
    """On a terminal one line that changes; elsewhere a line each."""
    if not console.is_terminal:
        yield lambda text: console.print(f"{text} …")
        return
    with console.status("") as status:
        yield lambda text: status.update(f"{text} …")


@contextmanager
def ending_in_order() -> Iterator[None]:
    """A signal to end is as Ctrl+C: what was started is ended first."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _command() -> str:
    return " ".join(["manage.py", *sys.argv[1:]])
