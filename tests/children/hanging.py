"""``hanging GRAVE``: a real worker of moderation whose handler hangs at some comments. At "hang for
ever" it can be interrupted; at "hang once", only the first time, it has to be killed: GRAVE tells.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from config.celery import app as celery_app
from eventstore.nudges import queue_of
from moderation import services
from moderation.rules import judge

grave = Path(sys.argv[1])


def hang(content: str, *arguments: Any) -> Any:
    if content == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if content == "hang for ever":
        time.sleep(600)
    if content == "hang once" and not grave.exists():
        grave.touch()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGUSR1})
        time.sleep(600)
    return judge(content, *arguments)


services.judge = hang  # type: ignore[assignment, attr-defined]
celery_app.worker_main(["worker", "-Q", queue_of("moderation"), "-P", "prefork", "-c", "1"])
