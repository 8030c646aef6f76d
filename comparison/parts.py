"""The parts of the comparison, in the order in which they run and are shown."""

from typing import Any

from comparison import cost, delivery, faults, history, reads
from comparison.part import Part

PARTS: tuple[Part[Any], ...] = (
    reads.PART,
    history.PART,
    delivery.PART,
    cost.PART,
    faults.PART,
)
BY_NAME = {part.name: part for part in PARTS}
