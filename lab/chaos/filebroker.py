"""What may happen to the embedded broker: its folder goes away, is deleted, has rubbish in it."""

import contextlib
import shutil
import time
from pathlib import Path

from lab.chaos.faults import Hazard

RUBBISH = (b"", b"{", b"\0\xff\xfe", b"[]", b'{"body": 1}', b'{"properties": {"delivery_tag": 1}}')


class FileBroker:
    """The one in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hazards(self) -> list[Hazard]:
        return [
            Hazard("broker's folder taken away", 0.4, self.take_away, lasts=True),
            Hazard("broker's folder deleted", 0.4, self.delete),
            Hazard("rubbish put into the broker", 0.4, self.litter),
        ]

    def take_away(self, pick: float, seconds: float) -> bool:
        """Where it was stands a file, so that nobody can make it anew; then it is back."""
        away = self._folder.with_name(f"{self._folder.name}-away")
        with contextlib.suppress(FileNotFoundError):  # it has just been deleted
            self._folder.rename(away)
        while True:
            try:
                self._folder.open("x").close()
                break
            except FileExistsError:  # somebody was faster, and has made a new one
                shutil.rmtree(self._folder, ignore_errors=True)
        time.sleep(seconds)
        self._folder.unlink()
        while away.exists():
            try:
                away.rename(self._folder)
            except OSError:
                shutil.rmtree(self._folder, ignore_errors=True)
        return True

    def delete(self, pick: float, seconds: float) -> bool:
        """With all that waits in it. Who needs it makes it anew."""
        there = self._folder.is_dir()
        shutil.rmtree(self._folder, ignore_errors=True)
        return there

    def litter(self, pick: float, seconds: float) -> bool:
        """A message that is none, as the next in a queue."""
        queues = [path for path in sorted(self._folder.glob("*")) if path.is_dir()]
        if not queues:
            return False
        index = int(pick * len(queues) * len(RUBBISH))
        queue, rubbish = queues[index // len(RUBBISH)], RUBBISH[index % len(RUBBISH)]
        try:
            (queue / f"{time.time_ns():020}-0-{index:09}.json").write_bytes(rubbish)
        except OSError:  # it has just been deleted
            return False
        return True
