#!/usr/bin/env python3
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # A command tells a person how it goes in its own words.
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    execute_from_command_line(sys.argv)
