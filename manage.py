#!/usr/bin/env python3
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

from config.starting import read_settings_or_end

if __name__ == "__main__":
    # A command tells a person how it goes in its own words.
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    read_settings_or_end()
    execute_from_command_line(sys.argv)
