"""``mortal FOLDER``: a real worker of moderation. Two of its processes, one after the other, are
killed when they would relay what a transaction said; what they leave in FOLDER counts them."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from config.celery import app as celery_app
from eventstore import outbox
from eventstore.nudges import queue_of
from eventstore.outbox import relay_quietly

graves = Path(sys.argv[1])


def die_twice(outbox: Any, **options: Any) -> None:
    if len(list(graves.iterdir())) < 2:
        (graves / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    relay_quietly(outbox, **options)


outbox.relay_quietly = die_twice  # type: ignore[assignment]
celery_app.worker_main(["worker", "-Q", queue_of("moderation"), "-P", "prefork", "-c", "1"])
