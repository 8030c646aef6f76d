"""``manage.py contracts``: are the events' contracts compatible with the last release, and what are
they?"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from rich import box
from rich.markup import escape
from rich.table import Column, Table

from eventstore import asyncapi, catalogue, releases, terminal
from eventstore.compatibility import Judged, Verdict, judge, overall
from eventstore.releases import Release
from eventstore.terminal import console, wrong_usage

ADVICE = (
    "give new attributes a default, or raise the version and write an upcaster: docs/contracts.md"
)
STYLES = {Verdict.FULL: "green", Verdict.BACKWARD: "green"}


class Command(terminal.Command):
    help = (
        "The contracts of the events. “check” compares them with those of the last release: "
        "BACKWARD (they read what it stored), FORWARD (it reads what they store), FULL (both) or "
        "BREAKING; exit code 1 unless they read all that it stored. “release” makes them the last "
        "release. “catalogue” prints who publishes and consumes what, as Markdown; “asyncapi” the "
        "AsyncAPI document."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(
            dest="what", metavar="check|release|catalogue|asyncapi", required=True
        )
        check = what.add_parser("check", help="compare with the last release")
        check.add_argument("--json", action="store_true", help="for programs")
        release = what.add_parser("release", help="keep them as the last release")
        release.add_argument("--allow-break", action="store_true", help="though they break it")
        for each in (check, release):
            each.add_argument(
                "--file", type=Path, default=releases.FILE, help="of the release; contracts.json"
            )
        what.add_parser("catalogue", help="who publishes and who consumes what")
        what.add_parser("asyncapi", help="the AsyncAPI document")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["what"]:
            case "check":
                self._check(_read(options["file"]), options["json"])
            case "release":
                self._release(options["file"], options["allow_break"])
            case "catalogue":
                self.stdout.write(catalogue.markdown(catalogue.catalogue()))
            case "asyncapi":
                subscriptions, _ = catalogue.subscriptions()
                document = asyncapi.document(subscriptions, releases.read())
                self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))

    def _check(self, release: Release, as_json: bool) -> None:
        judged = judge(release)
        verdict = overall(judged)
        if as_json:
            types = {
                each.type: {
                    "verdict": each.verdict,
                    "version": each.version,
                    "changes": [change._asdict() for change in each.changes],
                }
                for each in judged
            }
            self.stdout.write(json.dumps({"verdict": verdict, "types": types}, indent=2))
        else:
            self._print(judged, verdict)
        if verdict.breaks:
            raise CommandError(f"{_broken(judged)}: {ADVICE}")

    def _print(self, judged: list[Judged], verdict: Verdict) -> None:
        columns = (
            Column("event", no_wrap=True),
            Column("version", justify="right"),
            Column("verdict", no_wrap=True),
            Column("since the last release", overflow="fold"),
        )
        table = Table(*columns, box=box.SIMPLE_HEAD)
        for each in judged:
            changes = "\n".join(change.what for change in each.changes) or "unchanged"
            style = STYLES.get(each.verdict, "red")
            shown = (escape(each.type), str(each.version or "–"), f"[{style}]{each.verdict}[/]")
            table.add_row(*shown, escape(changes))
        out = console(self.stdout)
        out.print(table)
        out.print(f"All together: {verdict}")

    def _release(self, path: Path, allow_break: bool) -> None:
        last = _read(path) if path.exists() else {}
        judged = judge(last)
        if overall(judged).breaks and not allow_break:
            raise CommandError(
                f"{_broken(judged)}: {ADVICE}; --allow-break releases it all the same"
            )
        releases.write(releases.after(last), path)
        self.stdout.write(f"{path.name} has the contracts as they are now.")


def _read(path: Path) -> Release:
    try:
        return releases.read(path)
    except OSError as error:
        raise wrong_usage(f"{path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise wrong_usage(
            f"{path} is no release ({error}): `manage.py contracts release` writes one"
        ) from error


def _broken(judged: list[Judged]) -> str:
    """As in "PostCreated is FORWARD (title becomes required)"."""
    return "; ".join(
        f"{each.type} is {each.verdict} "
        f"({', '.join(change.what for change in each.changes if not change.backward)})"
        for each in judged
        if each.verdict.breaks
    )
