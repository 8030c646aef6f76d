"""The first thing that each process does: read its settings, or say in one line why it cannot."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.processes.errors import Problem
from eventstore.outages import in_one_line


def read_settings_or_end() -> None:
    """For web processes, workers and commands. Ends with exit code 1 where they cannot be read."""
    try:
        with problems_of_settings():
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
            bool(settings.DEBUG)  # any of them: the first look reads them all
    except Problem as problem:
        sys.exit(f"hindsight: {problem}")


@contextmanager
def problems_of_settings() -> Iterator[None]:
    """What is wrong with the settings becomes a Problem."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what matters raises
            yield
    except ImproperlyConfigured as error:
        raise Problem(f"cannot start with these settings: {in_one_line(error)}") from error
