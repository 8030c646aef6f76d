"""``manage.py import_wxr FILE``: imports a WordPress export."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import Error
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from comments.services import PostNotFound
from eventstore import terminal
from importer.importing import import_export
from importer.summary import table
from importer.wxr import WxrError, open_export

RERUN = "Then run this command again: it continues where it stopped."


class Command(terminal.Command):
    help = (
        "Imports a WordPress export (WXR): its published posts and their comments. "
        "A second run adds only what is not there yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help="the file that WordPress exported under Tools, Export"
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        console = Console(file=options.get("stdout") or sys.stdout, highlight=False, markup=False)
        try:
            export = open_export(file)
            if not console.is_terminal:
                console.print(f"Importing {file}: {export.item_count} items.")
            with _progress(console) as progress:
                task = progress.add_task("Importing", total=export.item_count)
                summary = import_export(export, lambda: progress.advance(task))
        except WxrError as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise CommandError(f"{terminal.failed(error)} {RERUN}") from error
        except PostNotFound as error:
            reason = f"The event store has not taken the post {error}"
            raise CommandError(f"{reason}: check that its database runs. {RERUN}") from error
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. Run this command again to continue from here.", returncode=130
            ) from None
        console.print(table(summary))


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
