"""The parts of the comparison, in the order in which they run and are shown.

A part is a module here with a ``PART``; its work has a package of its own beside this one.
"""

from importlib import import_module

from comparison.parts.part import Part

NAMES = ("reads", "history", "delivery", "cost", "faults")


def parts() -> dict[str, Part]:
    """Every part by name."""
    return {name: import_module(f"comparison.parts.{name}").PART for name in NAMES}
