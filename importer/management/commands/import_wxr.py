"""``manage.py import_wxr FILE``: imports a WordPress export."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import Error
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from comments.services import PostNotFound
from eventstore import terminal
from importer.articles import LINK, OUT, TEXT, Counts
from importer.importing import import_export
from importer.wxr import Export, WxrError, open_export

RERUN = "Then run this command again: it continues where it stopped."
ROWS = (
    *("posts imported", "posts already there", "items skipped"),
    *("comments imported", "  of these", "comments already there", "comments skipped"),
    *("cut to their limit", TEXT, LINK, OUT),
)
"""The kinds of result, in the order of the table."""
MAX_WARNINGS = 20


class Command(terminal.Command):
    help = (
        "Imports a WordPress export (WXR): its published posts and their comments. "
        "A second run adds only what is not there yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        text = "the file that WordPress exported under Tools, Export"
        parser.add_argument("file", type=Path, help=text)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        console = Console(file=options.get("stdout") or sys.stdout, highlight=False, markup=False)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        has_bar = console.is_terminal
        bar = Progress(
            *columns, TimeRemainingColumn(), console=console, disable=not has_bar, transient=True
        )
        try:
            export = open_export(file)
            self._warn(export)
            if not has_bar:
                console.print(f"Importing {file}: {export.item_count} items.")
            with bar:
                task = bar.add_task("Importing", total=export.item_count)
                counts = import_export(export, lambda: bar.advance(task))
        except WxrError as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise CommandError(f"{terminal.failed(error)} {RERUN}") from error
        except PostNotFound as error:
            reason = f"The event store has not taken the post {error}"
            raise CommandError(f"{reason}: check that its database runs. {RERUN}") from error
        except KeyboardInterrupt:
            reason = "Stopped. Run this command again to continue from here."
            raise CommandError(reason, returncode=130) from None
        console.print(_table(counts))

    def _warn(self, export: Export) -> None:
        """What was mended in the file, a line each: the rest of it is as WordPress reads it."""
        for what, number in export.repairs.most_common(MAX_WARNINGS):
            self.stderr.write(f"Warning: {export.path} is not well-formed: {number:,} × {what}.")
        if (left := len(export.repairs) - MAX_WARNINGS) > 0:
            self.stderr.write(f"Warning: {left:,} more kinds of faults were mended.")


def _table(counts: Counts) -> Table:
    table = Table("What", "Number", box=box.SIMPLE_HEAD, show_edge=False)
    table.columns[1].justify = "right"
    for what, detail in sorted(counts, key=lambda row: (ROWS.index(row[0]), row[1])):
        label = f"{what}: {detail}" if detail else what
        table.add_row(label, str(counts[what, detail]))
    return table
