"""What a run on one stack came to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lab.chaos.check import Finding, Flaw
from lab.chaos.ledger import Answer, Write


@dataclass(frozen=True)
class Result:
    """``injected`` and ``missed`` count faults by kind (see ``Injector``). ``there``: how many
    writes of each answer are in the log. ``converged``: seconds from the end of the last fault
    until nothing moved any more, None where that did not happen in time."""

    stack: str
    seconds: float
    injected: Mapping[str, int]
    missed: Mapping[str, int]
    writes: Sequence[Write]
    there: Mapping[Answer, int]
    events: int
    converged: float | None
    findings: Sequence[Finding]

    @property
    def answers(self) -> Counter[Answer]:
        return Counter(write.answer for write in self.writes)

    @property
    def good(self) -> bool:
        return self.converged is not None and not self.findings

    def count(self, flaw: Flaw) -> int:
        return sum(finding.flaw is flaw for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"good": self.good, "answers": dict(self.answers)}
