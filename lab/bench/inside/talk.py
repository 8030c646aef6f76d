"""How a measured process talks with the one that started it."""

import json
import sys
from typing import Any


def say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def wait() -> bool:
    """Until we are to go on. False where nobody is there any more."""
    return bool(sys.stdin.readline())
