"""A piece of advice, and what it is computed from."""

from dataclasses import dataclass

from comparison.page.shapes.cost import Cost
from comparison.page.shapes.delivery import Delivery
from comparison.page.shapes.faults import Faults
from comparison.page.shapes.history import History
from comparison.page.shapes.reads import Reads, Sizes


@dataclass(frozen=True)
class Advice:
    """``choose`` what, ``when``, and ``because`` of which figures. ``family`` is of the ways that
    it speaks of, for the page's colours."""

    choose: str
    when: str
    because: str
    family: str


@dataclass(frozen=True)
class Figures:
    """Of each part; None where it was not measured."""

    reads: Reads | None = None
    history: History | None = None
    delivery: Delivery | None = None
    cost: Cost | None = None
    faults: Faults | None = None

    @property
    def sizes(self) -> Sizes | None:
        return Sizes.of(self.reads) if self.reads else None
