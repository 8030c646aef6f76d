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

import msgspec
from django.core.management.base import CommandError
from rich.console import Console

from comparison import results
from comparison.lab import Lab, about
from comparison.page import UNFIT
from comparison.part import Part
from comparison.parts import BY_NAME, PARTS
from comparison.readme import NoPicture, write_picture
from comparison.readme import markdown as as_markdown
from comparison.results import Kept
from comparison.terminal import heading, rendered, reporting
from eventstore import terminal
from eventstore.terminal import console, wrong_usage
from lab.errors import LabFailed
from lab.sandbox import database_kind

SHOW_OPTIONS = ("kept", "markdown", "svg", "delay")
MEASURE_OPTIONS = ("quick", "keep")


class Command(terminal.Command):
    help = (
        "Builds the same page in every way and measures them side by side, in processes and "
        "databases of its own; the blog's are left alone."
    )
    requires_system_checks = ()
    console: Console

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(f"{part.name} ({part.title.lower()})" for part in PARTS)
        parser.add_argument("part", choices=[*BY_NAME, "all"], help=f"{names}, or all")
        parser.add_argument("--quick", action="store_true", help="a quick run: under a minute")
        parser.add_argument(
            "--show", action="store_true", help="measure nothing: show the last results"
        )
        parser.add_argument(
            "--keep", action="store_true", help="store the results in the repository, too"
        )
        shown = parser.add_argument_group("with --show")
        shown.add_argument(
            "--kept", action="store_true", help="the repository's results, not this machine's"
        )
        shown.add_argument("--markdown", action="store_true", help="the main numbers in Markdown")
        shown.add_argument("--svg", metavar="PATH", type=Path, help="write the part's chart there")
        shown.add_argument(
            "--delay", metavar="MS", type=float, help="in the chart of reads: the nearest measured"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        check_options(options)
        self.console = console(self.stdout)
        wanted = PARTS if options["part"] == "all" else [BY_NAME[options["part"]]]
        if options["show"]:
            self.show(wanted, **{name: options[name] for name in SHOW_OPTIONS})
            return
        try:
            with signals_as_interrupt():
                self.measure(wanted, options["quick"], options["keep"])
        except LabFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "stopped; everything that was started has ended", returncode=130
            ) from None

    def measure(self, wanted: Iterable[Part[Any]], quick: bool, keep: bool) -> None:
        with Lab() as lab:
            for part in wanted:
                began = time.monotonic()
                run = about(_command(), quick, database_kind(os.environ))
                with reporting(self.console) as report:
                    found = msgspec.to_builtins(part.measure(lab, quick, report))
                run["seconds"] = round(time.monotonic() - began, 1)
                kept = Kept(run, found)
                self.draw(part, kept)
                for path in (results.here(), *([results.KEPT] if keep else [])):
                    results.store(path, {part.name: kept})
        self.console.print(f"The numbers are in {results.here()}")

    def show(
        self,
        wanted: Iterable[Part[Any]],
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
            self.stdout.write(as_markdown(found, names))
        if svg:
            try:
                write_picture(svg, {name: found[name] for name in names}, delay)
            except NoPicture as error:
                raise CommandError(str(error)) from error
            self.console.print(f"The picture is in {svg}")
        for part in [] if markdown or svg else wanted:
            self.draw(part, found[part.name])

    def draw(self, part: Part[Any], kept: Kept) -> None:
        self.console.print(heading(part.title, kept.read_about()))
        for table in tables(part, kept):
            self.console.print()
            self.console.print(table)


def tables(part: Part[Any], kept: Kept) -> Iterator[Any]:
    try:
        for panel in part.panels(kept.read_results(part.results)):
            for table in panel.tables:
                if table.terminal and table.rows:
                    yield rendered(table)
    except UNFIT as error:
        raise CommandError(f"the results of {part.name} cannot be shown: {error}") from error


def check_options(options: dict[str, Any]) -> None:
    """Raises CommandError for options that do not go together."""
    every = (*SHOW_OPTIONS, *MEASURE_OPTIONS)
    used = [name for name in every if options[name] is not None and options[name] is not False]
    if {"keep", "quick"} <= set(used):
        raise wrong_usage("--keep needs a full run: leave out --quick")
    for name in used:
        if options["show"] and name in MEASURE_OPTIONS:
            raise wrong_usage(f"--show measures nothing: leave out --{name}")
        if not options["show"] and name in SHOW_OPTIONS:
            raise wrong_usage(f"--{name} needs --show")
    if "delay" in used and "svg" not in used:
        raise wrong_usage("--delay is for the picture: name its file with --svg")


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """SIGTERM and SIGHUP are as Ctrl+C: what was started is ended first."""

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
