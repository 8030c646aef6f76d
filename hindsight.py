"""The command ``hindsight`` of the installed package: what make and manage.py do in a checkout.

The wheel holds the project as it is in one folder, with this file as its ``__init__.py``.
"""

import os
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parent
OTHERS = {
    "migrate": "prepare the databases, and make the first administrator",
    "demo": "play the tour on the running application",
    "manage": "Django's commands and ours, as in: hindsight manage services",
}


def main() -> int:
    """The exit code of the command in ``sys.argv``. What it writes goes below ``var`` in the folder
    where it is called, or below ``VAR_DIR``."""
    sys.path.insert(0, str(BASE))
    os.environ.setdefault("WORK_DIR", str(Path.cwd()))
    command, arguments = (sys.argv[1:] or ["--help"])[0], sys.argv[2:]
    # Each loads no more than it needs.
    if command == "manage":
        from manage import main as manage

        sys.argv = ["hindsight manage", *arguments]
        return manage()
    if command == "migrate" and not arguments:
        from config.processes.prepare import main as prepare

        return prepare()
    if command == "demo" and not arguments:
        from lab.tour.__main__ import main as play

        return play()
    from config.processes.__main__ import main as run

    return run([command, *arguments], OTHERS)


if __name__ == "__main__":
    sys.exit(main())
