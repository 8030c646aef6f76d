"""What makes a run's figures less worth than they look."""

from collections.abc import Sequence

from comparison.page.shapes.about import About


def of_run(about: About) -> list[str]:
    """In plain words; none where all is well."""
    said = []
    if about.quick:
        said.append("This was a glance (--quick): few sizes, few rounds.")
    if about.machine.cores and about.machine.load > about.machine.cores:
        said.append(
            f"The machine was busy when it began: {about.machine.load:g} processes wanted to run "
            f"on {about.machine.cores} cores. All times are longer than they need be."
        )
    return said


def of_all(runs: Sequence[About]) -> list[str]:
    """Of the page as a whole: its parts were not all measured in the same place."""
    said = []
    if len({(about.machine.processor, about.machine.cores, about.database) for about in runs}) > 1:
        said.append(
            "The parts were measured on different machines or databases. Compare within a part, "
            "and not from one to another."
        )
    return said
