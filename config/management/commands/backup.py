"""``manage.py backup DIR``"""

from argparse import ArgumentParser
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import CommandError
from django.db import Error
from django.template.defaultfilters import filesizeformat

from config.backups import BackupError, FolderTaken, back_up
from eventstore import terminal
from eventstore.terminal import console, failed, wrong_usage


class Command(terminal.Command):
    help = (
        "Copies all databases into DIR, while everything runs: the services first, the event store "
        "last, each as of one moment. DIR appears when it is complete. It has all that the blog "
        "has, passwords' hashes and the secret key included: keep it as safe as the databases."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        text = "a folder that does not exist yet"
        parser.add_argument("folder", metavar="DIR", type=Path, help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        folder, out, begun, size = options["folder"], console(self.stdout), perf_counter(), 0
        try:
            for copy in back_up(folder):
                size += copy.bytes
                out.print(f"{copy.alias}: {filesizeformat(copy.bytes)}")
        except FolderTaken as error:
            raise wrong_usage(str(error)) from error
        except BackupError as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise failed(error) from error
        out.print(f"{folder}: {filesizeformat(size)} in {perf_counter() - begun:.1f} s")
