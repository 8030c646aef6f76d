"""Kills where it hurts: a process that waits for a lock stands between two commits.

With the event store's lock held, it has saved and not yet said. With its own service's, it has
said and not yet emptied its outbox, or is about to save. Chance alone rarely strikes just there.
"""

import time

from lab.chaos.databases import Databases
from lab.chaos.faults import Hazard, choose
from lab.chaos.killer import AMBUSH, Killer

RUN_INTO_IT = 0.7  # seconds that writers have for that
VICTIMS = ["posts web", "comments web", "comments worker", "moderation worker"]
"""Those that say most."""


class Ambush:
    def __init__(self, killer: Killer, databases: Databases) -> None:
        self._killer, self._databases = killer, databases

    def hazard(self) -> Hazard:
        return Hazard(AMBUSH, 2.0, self.strike)

    def strike(self, pick: float, seconds: float) -> bool:
        """True where the child of a web process or worker was killed with the lock held."""
        service, role = choose(pick, VICTIMS).split()
        alias = choose(seconds % 1, ["eventstore", service])
        with self._databases.lock(alias) as got:
            if not got:
                return False
            time.sleep(RUN_INTO_IT)
            return self._killer.kill_one(service, role, child=True)
