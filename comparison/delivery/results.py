"""What is measured of how events travel: written by ``measure``, read by all that shows it."""

import msgspec

from comparison.results import Named, find


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of comments. ``pending``: for ever. ``lost``: moderation never handled it;
    ``lost_back``: the writer never handled the decision. ``twice`` and ``twice_back``: the same
    event took effect more than once in moderation, and in the writer; ``doubled``: in one of them
    or both. ``known``: to the service that is added later."""

    saved: int
    decided: int
    pending: int
    lost: int
    doubled: int
    lost_back: int = 0
    twice: int = 0
    twice_back: int = 0
    known: int = 0

    @property
    def gone(self) -> int:
        """On the way there and on the way back."""
        return self.lost + self.lost_back


class Cell(Counts, frozen=True, kw_only=True):
    """Of one way in one scenario. ``written``: comments whose response was 201. ``settled_s``: from
    the end of the fault; None if some are never decided."""

    way: str
    scenario: str
    written: int
    faults: int = msgspec.field(name="struck", default=0)
    settled_s: float | None = None


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """How many comments a service that was added later got: of the ``past``, and ``new`` ones."""

    way: str
    past: int
    past_got: int
    new: int
    new_got: int
    settled_s: float | None = None

    @property
    def missed(self) -> int:
        return self.past - self.past_got


class Way(Named, frozen=True, kw_only=True):
    """``waiting``: events that were still on their way at the very end."""

    waiting: int = 0


class Delivery(msgspec.Struct, frozen=True):
    """``comments`` and ``kills`` in each scenario. ``timeout_s``: after so long without progress,
    nothing more was expected."""

    ways: list[Way]
    scenarios: list[Named]
    cells: list[Cell]
    later: list[Later] = []
    comments: int = 0
    kills: int = 0
    broker: str = ""
    timeout_s: float = msgspec.field(name="patience_s", default=0.0)
    method: list[str] = []

    def of(self, scenario: Named) -> list[Cell]:
        return [cell for cell in self.cells if cell.scenario == scenario.name]

    def cell(self, way: str, scenario: str) -> Cell | None:
        return find(self.cells, way=way, scenario=scenario)
