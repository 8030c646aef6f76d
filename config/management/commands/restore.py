"""``manage.py restore DIR``"""

from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import Error, connections
from django.template.defaultfilters import filesizeformat

from config.backups import BackupError, in_order, read_manifest, refuse_to_restore, restore
from config.processes import ProcessError
from config.processes.paths import RunPaths, typed
from config.processes.supervisor import Supervisor
from eventstore import terminal
from eventstore.consumer import consumers
from eventstore.owned import owners
from eventstore.reconciling import relay_all
from eventstore.terminal import console, failed


class Command(terminal.Command):
    help = (
        "Makes all databases what they were when `backup` copied them to DIR, brings them up to "
        "date with this program, lets the services handle and recover what the event store has "
        "more, and verifies each against it. Nothing else may use the databases meanwhile. Exit "
        "code 1 if anything differs."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        text = "what `manage.py backup` made"
        parser.add_argument("folder", metavar="DIR", type=Path, help=text)
        text = "overwrite databases that are not empty: what they have is deleted"
        parser.add_argument("--replace", action="store_true", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        folder, out = options["folder"], console(self.stdout)
        try:
            _refuse_running_processes()
            manifest = read_manifest(folder)
            refuse_to_restore(manifest, replace=options["replace"])
            for copy in restore(folder, manifest):
                out.print(f"{copy.alias}: {filesizeformat(copy.bytes)} restored")
            for connection in in_order():
                call_command("migrate", database=connection.alias, interactive=False, verbosity=0)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise failed(error) from error
        finally:
            connections.close_all()
        out.print(f"All is as of {manifest.created_at}. Continuing to the end of the log:")
        out.print(f"{_catch_up():,} events handled")
        for service in owners():
            self._call("recover", service)
        _catch_up()
        self._verify()

    def _verify(self) -> None:
        """Raises CommandError if a service differs from the log, when all have been compared."""
        different = []
        for service in sorted({*owners(), *consumers()}):
            try:
                self._call("replay_events", service, "--verify")
            except CommandError as error:
                self.stderr.write(f"{service}: {error}\n")
                different.append(service)
        if different:
            raise CommandError(f"restored, but not verified: {', '.join(different)}")

    def _call(self, *command: str) -> None:
        call_command(*command, stdout=self.stdout, stderr=self.stderr)


def _catch_up() -> int:
    """The event store was copied last: it has what the services did not handle yet. And what they
    then publish, they handle, until nothing is left. Returns how many events that were."""
    all_handled = 0
    while True:
        for service in owners():
            relay_all(service)
        handled = sum(consumer.catch_up().handled for consumer in consumers().values())
        all_handled += handled
        if not handled:
            return all_handled


def _refuse_running_processes() -> None:
    """Raises BackupError. Those on other hosts it does not see."""
    with suppress(ProcessError):
        Supervisor(RunPaths(settings.VAR_DIR)).layout()
        raise BackupError(f"processes run here: end {typed('run')} first, and start it afterwards")
