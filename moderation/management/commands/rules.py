"""``manage.py rules export [FILE]`` and ``rules import FILE``: moderation's rules as CSV."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import Error
from django.template.defaultfilters import pluralize

from eventstore import terminal
from moderation import exchange
from moderation.models import Rule


class Command(terminal.Command):
    help = (
        "Writes the rules of moderation to a CSV file, or adds those of one: all of them, or none "
        "if a line has an error. An import changes rules that are there already; it removes none."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="export|import")
        out = commands.add_parser("export", help="writes all rules to FILE, or to the terminal")
        out.add_argument("file", nargs="?", type=Path, metavar="FILE")
        into = commands.add_parser("import", help="adds the rules of FILE; - is what is piped in")
        into.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, command: str, file: Path | None, **options: Any) -> None:
        try:
            if command == "export":
                self._export(file)
            elif file:
                self._import(file)
        except Error as error:
            raise terminal.failed(error) from error
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error

    def _export(self, file: Path | None) -> None:
        rules = list(Rule.objects.all())
        text = "".join(exchange.export_rules(rules))
        if not file:
            self.stdout.write(text, ending="")
            return
        file.write_text(exchange.BOM + text, encoding="utf-8", newline="")
        self.stdout.write(f"Exported {len(rules):,} rule{pluralize(len(rules))} to {file}.")

    def _import(self, file: Path) -> None:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        try:
            imported = exchange.import_rules(content)
        except exchange.BadFile as error:
            for text in error.errors[: exchange.MAX_ERRORS]:
                self.stderr.write(text)
            count = len(error.errors)
            errors = f"{count:,} error{pluralize(count)}"
            raise CommandError(f"{file} has {errors}: nothing was imported") from None
        self.stdout.write(f"Imported the rules: {imported}.")
