"""The faults of what the processes stand on: the disk, the database server, the network."""

import time
from collections.abc import Iterable
from threading import Lock

from lab.cable import Cable
from lab.chaos.nemesis import FaultKind
from lab.disk import Disk
from lab.own_servers import OwnServer


def full_disk(disk: Disk) -> FaultKind:
    """Nothing can be written where the processes have their files; what they delete is filled up
    as well."""

    def fill(pick: float, seconds: float) -> bool:
        with disk.full():
            time.sleep(seconds)
        return True

    return FaultKind("full disk", 0.4, fill, lasts=True)


def paused_database(server: OwnServer) -> FaultKind:
    """It keeps its connections, accepts new ones, and responds to nothing."""
    lock = Lock()

    def pause(pick: float, seconds: float) -> bool:
        with lock:
            server.pause()
            time.sleep(seconds)
            server.resume()
        return True

    return FaultKind("database server paused", 0.4, pause, lasts=True)


def silent_network(cables: Iterable[Cable]) -> FaultKind:
    """For a while nothing arrives; or the connections that there are stay silent for ever, and new
    ones work."""
    all_cables = list(cables)

    def silence(pick: float, seconds: float) -> bool:
        number = int(pick * 2 * len(all_cables))
        cable, for_ever = all_cables[number // 2], number % 2
        if for_ever:
            cable.forget()
        else:
            cable.freeze()
            time.sleep(seconds)
            cable.thaw()
        return True

    return FaultKind("silent network", 0.4, silence, lasts=True)
