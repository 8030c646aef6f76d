"""Run by a test in a process of its own: prints its arguments and its settings module as JSON."""

import os
import sys

from lab.children import send

if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("no arguments")
    send({"arguments": sys.argv[1:], "settings": os.environ["DJANGO_SETTINGS_MODULE"]})
