"""The brokers and their faults. Servers are the run's own: nobody else's is restarted."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from lab.chaos.nemesis import FaultKind
from lab.own_brokers import OwnBroker
from lab.sandbox import Sandbox

MALFORMED = (
    *(b"", b"{", b"\0\xff\xfe", b"[]"),
    *(b'{"body": 1}', b'{"properties": {"delivery_tag": 1}}'),
)
RESTART_WEIGHTS = {"redis": 0.6, "rabbitmq": 0.4}  # the second takes seconds to start


@contextmanager
def broker(name: str, box: Sandbox) -> Iterator[tuple[str, list[FaultKind]]]:
    """``file``, ``redis`` or ``rabbitmq``: empty, its files below the sandbox's folder. Its
    BROKER_URL, and its faults. Raises LabFailed."""
    if name == "file":
        yield "", FileBroker(box.var / "broker").fault_kinds()
        return
    with OwnBroker(name, box) as server:
        lock = Lock()  # a server that is paused is not restarted

        def restart(pick: float, seconds: float) -> bool:
            with lock:
                return server.restart(seconds)

        def pause(pick: float, seconds: float) -> bool:
            with lock:
                server.pause()
                time.sleep(seconds)
                server.resume()
            return True

        weight = RESTART_WEIGHTS[name]
        yield (
            server.url,
            [
                FaultKind("broker killed and restarted", weight, restart, lasts=True),
                FaultKind("broker paused", 0.6, pause, lasts=True),
            ],
        )


@dataclass(frozen=True)
class FileBroker:
    """The file-based broker, whose messages are in ``folder``."""

    folder: Path

    def fault_kinds(self) -> list[FaultKind]:
        return [
            FaultKind("broker's folder taken away", 0.4, self.take_away, lasts=True),
            FaultKind("broker's folder deleted", 0.4, self.delete),
            FaultKind("rubbish put into the broker", 0.4, self.put_malformed),
        ]

    def take_away(self, pick: float, seconds: float) -> bool:
        """Meanwhile a file stands in its place, so that nobody can create it again."""
        away = self.folder.with_name(f"{self.folder.name}-away")
        with suppress(FileNotFoundError):  # it has just been deleted
            self.folder.rename(away)
        while True:
            try:
                self.folder.open("x").close()
                break
            except FileExistsError:  # somebody was faster and created it again
                shutil.rmtree(self.folder, ignore_errors=True)
        time.sleep(seconds)
        self.folder.unlink()
        while away.exists():
            try:
                away.rename(self.folder)
            except OSError:
                shutil.rmtree(self.folder, ignore_errors=True)
        return True

    def delete(self, pick: float, seconds: float) -> bool:
        """With all messages. Who needs it creates it again."""
        existed = self.folder.is_dir()
        shutil.rmtree(self.folder, ignore_errors=True)
        return existed

    def put_malformed(self, pick: float, seconds: float) -> bool:
        """Puts something that is no message into a queue, as the next to be read."""
        queues = sorted(path for path in self.folder.glob("*") if path.is_dir())
        if not queues:
            return False
        number = int(pick * len(queues) * len(MALFORMED))
        queue, content = queues[number // len(MALFORMED)], MALFORMED[number % len(MALFORMED)]
        with suppress(OSError):  # it has just been deleted
            (queue / f"{time.time_ns():020}-0-{number:09}.json").write_bytes(content)
            return True
        return False
