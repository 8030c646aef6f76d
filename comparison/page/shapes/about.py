"""What a run says about itself (see ``comparison.machine``)."""

from datetime import datetime

import msgspec

from comparison.page.wording import plain, size


class Machine(msgspec.Struct, frozen=True):
    processor: str = "an unknown processor"
    cores: int = 0
    memory_bytes: int = 0
    system: str = ""
    load: float = 0.0


class About(msgspec.Struct, frozen=True):
    date: str = ""
    command: str = ""
    commit: str = ""
    quick: bool = False
    database: str = ""
    seconds: float = 0.0
    machine: Machine = Machine()
    versions: dict[str, str] = {}

    @property
    def when(self) -> str:
        """``24 Nov 2026, 07:43 UTC``; as it stands in the file, where that is no date."""
        try:
            at = datetime.fromisoformat(self.date)
        except ValueError:
            return self.date
        return f"{at.day} {at:%b %Y, %H:%M} {at.tzname() or ''}".strip()

    @property
    def place(self) -> str:
        """The machine and the database: what has to be the same for figures to be compared."""
        machine = self.machine
        memory = size(machine.memory_bytes) if machine.memory_bytes else ""
        known = (machine.processor, f"{machine.cores} cores", memory, machine.system, self.database)
        return ", ".join(filter(None, known))

    @property
    def facts(self) -> dict[str, str]:
        """All of it by name."""
        return {
            "date": self.when,
            "command": self.command,
            "commit": self.commit or "–",
            "took": f"{self.seconds:,.0f} s",
            "load before": plain(self.machine.load),
            "machine and database": self.place,
            "versions": ", ".join(f"{name} {number}" for name, number in self.versions.items()),
        }
