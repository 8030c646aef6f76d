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
    def facts(self) -> list[tuple[str, str]]:
        """All of it, name and value; what is unknown is left out."""
        machine = self.machine
        facts = {
            "date": self.when,
            "command": self.command,
            "commit": self.commit,
            "took": f"{self.seconds:,.0f} s" if self.seconds else "",
            "database": self.database,
            "processor": machine.processor,
            "cores": str(machine.cores or ""),
            "memory": size(machine.memory_bytes) if machine.memory_bytes else "",
            "system": machine.system,
            "load before": plain(machine.load),
            "versions": ", ".join(f"{name} {number}" for name, number in self.versions.items()),
        }
        return [(name, value) for name, value in facts.items() if value]
