"""The first and the last step of starting a process: read the settings, keep what is loaded."""

import gc
import os
import sys
import warnings
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from eventstore import deadlines
from eventstore.outages import in_one_line


def read_settings_or_exit() -> None:
    """For web processes, workers and commands: exit code 1 and one line if they cannot be read."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what matters raises
            bool(settings.DEBUG)  # reading any of them reads them all
    except ImproperlyConfigured as error:
        sys.exit(f"hindsight: cannot start with these settings: {in_one_line(error)}")


def limit_statements() -> None:
    """For web processes: their statements have a limit between requests, too, where Django looks
    after connections."""
    deadlines.limit_statements(settings.DATABASE_TIMEOUT)


def keep_loaded(**_: Any) -> None:
    """Takes all that is loaded out of garbage collection, for good.

    To search it again and again would cost a web process a tenth of its time, and now and then a
    reader a tenth of a second; a worker's child would copy what it shares with its parent."""
    gc.collect()
    gc.freeze()
