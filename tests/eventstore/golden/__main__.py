"""Writes the next part of the golden log, on databases of its own."""

import os
import sys
from tempfile import TemporaryDirectory

import django

OF_EARLIER_PROGRAMS = ({"author"}, {"author", "parent_id", "reason"})
"""The optional attributes that the programs before the first part knew, one after the other."""


def main(name: str) -> None:
    with TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/{{alias}}.sqlite3"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from eventstore import store
        from query.models import consumer
        from tests.eventstore.golden import log

        for alias in settings.DATABASES:
            call_command("migrate", database=alias, verbosity=0)
        is_first = not log.parts()
        part = log.write(name, [set(), *(OF_EARLIER_PROGRAMS if is_first else ()), None])
        store.append(part.events())
        consumer.catch_up()
        log.write_rows(part)
        print(f"{part.log.name}, {part.rows.name}: keep them as they are")


if len(sys.argv) != 2:
    sys.exit("usage: python -m tests.eventstore.golden NAME, as in after-versions")
main(sys.argv[1])
