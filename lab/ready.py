"""``python -m lab.ready``: databases made and migrated; nothing is in them."""

import sys
from contextlib import redirect_stdout

import django
from django.core.management import call_command

from config.processes.prepare import prepare


def make_ready() -> None:
    """The databases are there, and migrated."""
    django.setup()
    with redirect_stdout(sys.stderr):
        call_command("create_databases")
        prepare()


if __name__ == "__main__":
    make_ready()
