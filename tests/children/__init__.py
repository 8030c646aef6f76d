"""Programs that tests start as processes of their own: ``python -m tests.children.NAME``.

Each tells what it saw as JSON on stdout.
"""

import json
import sys
from typing import Any

import django

django.setup()


def wait_for_the_others() -> None:
    """Returns when everybody is ready: the test then closes our stdin."""
    print("ready", flush=True)
    sys.stdin.read()


def tell(what: Any) -> None:
    print(json.dumps(what, default=str), flush=True)
