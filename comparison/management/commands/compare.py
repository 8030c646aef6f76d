"""``manage.py compare``"""

import os
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from comparison import results
from comparison.lab import Lab, about
from comparison.parts import BY_NAME, PARTS, UNFIT, Part
from comparison.results import Kept
from comparison.tables import Table
from eventstore import terminal
from eventstore.terminal import console, wrong_usage
from lab.errors import LabFailed
from lab.sandbox import database_kind

SHOW_OPTIONS = ("kept", "markdown", "svg", "delay")
MEASURE_OPTIONS = ("quick", "keep")
COLOURS = {"good": "green", "some": "yellow", "bad": "red", "": ""}


class Command(terminal.Command):
    help = (
        "Builds the same page in every way and measures them side by side, in processes and "
        "databases of its own; the blog's are left alone."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(f"{part.name} ({part.title.lower()})" for part in PARTS)
        parser.add_argument("part", choices=[*BY_NAME, "all"], help=f"{names}, or all")
        shown = parser.add_argument_group("with --show")
        for group, option, words in (
            (parser, "--quick", "a quick run: fewer sizes and rounds"),
            (parser, "--show", "measure nothing: show the last results"),
            (parser, "--keep", "store the results in the repository, too"),
            (shown, "--kept", "the repository's results, not this machine's"),
            (shown, "--markdown", "the main numbers in Markdown"),
        ):
            group.add_argument(option, action="store_true", help=words)
        shown.add_argument("--svg", metavar="PATH", type=Path, help="write the part's chart there")
        shown.add_argument(
            "--delay", metavar="MS", type=float, help="in the chart of reads: the nearest measured"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        check_options(options)
        self.console: Console = console(self.stdout)
        wanted = PARTS if options["part"] == "all" else (BY_NAME[options["part"]],)
        if options["show"]:
            self.show(wanted, options)
            return
        for number in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl+C: what was started is ended first
            signal.signal(number, signal.default_int_handler)
        try:
            self.measure(wanted, options["quick"], options["keep"])
        except LabFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            ended = "stopped; everything that was started has ended"
            raise CommandError(ended, returncode=130) from None

    def measure(self, wanted: Sequence[Part], quick: bool, keep: bool) -> None:
        with Lab() as lab:
            for part in wanted:
                began = time.monotonic()
                command = " ".join(["manage.py", *sys.argv[1:]])
                run = about(command, quick, database_kind(os.environ))
                with reporting(self.console) as report:
                    found = part.measure(lab, quick, report)
                run["seconds"] = round(time.monotonic() - began, 1)
                kept = Kept(run, found)
                self.draw(part, kept)
                for path in (results.here(), *([results.KEPT] if keep else [])):
                    results.store(path, {part.name: kept})
        self.console.print(f"The numbers are in {results.here()}")

    def show(self, wanted: Sequence[Part], options: dict[str, Any]) -> None:
        found = results.read(results.KEPT)
        if not options["kept"]:
            found = results.load() | results.read(results.here())
        names = [part.name for part in wanted]
        if missing := [name for name in names if name not in found]:
            raise CommandError(f"{missing[0]} was not measured yet: leave out --show")
        if options["markdown"]:
            self.stdout.write("\n".join(markdown(part, found[part.name]) for part in wanted))
        if options["svg"]:
            if len(wanted) > 1:
                example = "manage.py compare reads --show --svg …"
                raise CommandError(f"a picture takes one part, as in: {example}")
            self.write_picture(wanted[0], found[names[0]], options["svg"], options["delay"])
        if not (options["markdown"] or options["svg"]):
            for part in wanted:
                self.draw(part, found[part.name])

    def write_picture(self, part: Part, kept: Kept, path: Path, delay: float | None) -> None:
        pictures = {each.name: getattr(each.module("charts"), "picture", None) for each in PARTS}
        if not (picture := pictures[part.name]):
            pictured = " or ".join(name for name, found in pictures.items() if found)
            raise CommandError(f"{part.name} has no picture: take {pictured}")
        try:
            about, chart = kept.read_about(), picture(part.read(kept), delay)
            caption = f"{about.when}, {about.machine.short}, {about.database}"
            path.write_text(f"{chart.svg_alone(caption)}\n")
        except OSError as error:
            raise CommandError(f"cannot write {path}: {error.strerror}") from error
        except UNFIT as error:
            raise CommandError(f"the results of {part.name} cannot be drawn: {error}") from error
        self.console.print(f"The picture is in {path}")

    def draw(self, part: Part, kept: Kept) -> None:
        try:
            about, panels = kept.read_about(), part.module("charts").panels(part.read(kept))
            tables = (table for panel in panels for table in panel.tables)
            drawn = [rendered(table) for table in tables if table.terminal and table.rows]
        except UNFIT as error:
            raise CommandError(f"the results of {part.name} cannot be shown: {error}") from error
        machine = f"{about.machine.short}, load {about.machine.load:g}"
        run = f"{about.date}, {machine}, {about.database}, {about.seconds:.0f} s"
        self.console.print(f"\n[bold]{part.title}[/bold]\n{run}")
        for table in drawn:
            self.console.print("", table)


def markdown(part: Part, kept: Kept) -> str:
    """For README: its main table, with a line on its run. Empty for another version's."""
    try:
        table, about = part.module("tables").headline(part.read(kept)), kept.read_about()
        ruler = ["---", *["---:"] * (len(table.columns) - 1)]
        lines = [
            f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
            for cells in (table.headings, ruler, *table.cells)
        ]
    except UNFIT:
        return ""
    machine = f"{about.machine.short}, load {about.machine.load:g}, {about.database}"
    caption = f"**{table.caption}** ({about.when}, {machine}: `{about.command}`)"
    return "\n".join([caption, "", *lines, ""])


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
def reporting(console: Console) -> Iterator[Callable[[str], None]]:
    """To show what is done: on a terminal one line that changes; elsewhere a line each."""
    if not console.is_terminal:
        yield lambda text: console.print(f"{text} …")
        return
    with console.status("") as status:
        yield lambda text: status.update(f"{text} …")


def rendered(table: Table) -> RichTable:
    made = RichTable(title=table.caption, title_justify="left", box=box.SIMPLE_HEAD)
    for number, heading in enumerate(table.headings):
        made.add_column(heading, justify="right" if number else "left", no_wrap=not number)
    for row in table.rows:
        cells = ((column.cell(row), COLOURS[column.tone(row)]) for column in table.columns)
        made.add_row(*(Text(text, colour) for text, colour in cells))
    return made
