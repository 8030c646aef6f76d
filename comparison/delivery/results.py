"""Part 3, as ``comparison.delivery`` leaves it."""

import msgspec

from comparison.results import Named


class Cell(msgspec.Struct, frozen=True):
    """Counts of comments; ``pending``: for ever; ``doubled``: handled more than once, anywhere."""

    way: str
    scenario: str
    written: int
    saved: int
    decided: int
    pending: int
    lost: int
    doubled: int
    lost_back: int = 0
    twice: int = 0
    twice_back: int = 0
    waiting: int = 0
    struck: int = 0
    settled_s: float | None = None

    @property
    def gone(self) -> int:
        """Of the way there and the way back."""
        return self.lost + self.lost_back


class Later(msgspec.Struct, frozen=True):
    """A service that was added later: what it got of the past, and of what came then."""

    way: str
    past: int
    past_got: int
    new: int
    new_got: int
    settled_s: float | None = None


class Delivery(msgspec.Struct, frozen=True):
    ways: list[Named]
    scenarios: list[Named]
    cells: list[Cell]
    later: list[Later] = []
    comments: int = 0
    broker: str = ""
    patience_s: float = 0.0
    method: list[str] = []

    def cell(self, way: str, scenario: str) -> Cell | None:
        wanted = (way, scenario)
        return next((c for c in self.cells if (c.way, c.scenario) == wanted), None)
