#!/usr/bin/env python3
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

from config.startup import read_settings_or_exit


def main() -> int:
    # A command prints its own progress.
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    read_settings_or_exit()
    execute_from_command_line(sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
