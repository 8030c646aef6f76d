"""Results of the comparison, made up, small, in the shapes that its parts leave."""

from typing import Any

from comparison.results import Kept
from tests.comparison.figures_cost import cost as cost
from tests.comparison.figures_events import delivery as delivery
from tests.comparison.figures_events import history as history
from tests.comparison.figures_reading import faults as faults
from tests.comparison.figures_reading import reads as reads


def run(results: dict[str, Any], *, quick: bool = False, load: float = 1.0, **about: Any) -> Kept:
    machine = {"processor": "A processor", "cores": 2, "memory_bytes": 4_000_000_000, "load": load}
    said = {
        "date": "2026-11-24T07:43:43+00:00",
        "command": "manage.py compare",
        "commit": "c83f5c2",
        "quick": quick,
        "database": "sqlite",
        "seconds": 12.5,
        "machine": machine,
        "versions": {"Python": "3.11.7"},
    }
    return Kept({**said, **about}, results)


def everything() -> dict[str, Kept]:
    """A full run of each part."""
    every = {
        "reads": reads(),
        "history": history(),
        "delivery": delivery(),
        "cost": cost(),
        "faults": faults(),
    }
    return {name: run(results) for name, results in every.items()}
