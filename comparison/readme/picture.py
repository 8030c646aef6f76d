"""A plot that stands alone: as a file, on white, with its key in it."""

from collections.abc import Mapping
from pathlib import Path

from comparison.page.charts.lines import lines_alone
from comparison.page.part import UNFIT, read
from comparison.page.sections.reads import nearest, plot
from comparison.page.sections.slow_calls import curves
from comparison.page.shapes.about import About
from comparison.page.shapes.faults import Faults
from comparison.page.shapes.reads import Reads
from comparison.results import Kept

PICTURED = ("reads", "faults")


class NoPicture(Exception):
    """The message says why."""


def write(path: Path, kept: Mapping[str, Kept], delay: float | None = None) -> None:
    """The picture of this one part. Raises NoPicture, also where the file cannot be written."""
    if len(kept) != 1:
        raise NoPicture("a picture takes one part, as in: manage.py compare reads --show --svg …")
    [(name, its)] = kept.items()
    drawn = picture(name, its, delay)
    try:
        path.write_text(drawn)
    except OSError as error:
        raise NoPicture(f"cannot write {path}: {error.strerror}") from error


def picture(name: str, kept: Kept, delay: float | None = None) -> str:
    """SVG. ``delay``: of the network, in ms, for reads; the nearest that was measured. Raises
    NoPicture for a part that has none, and for results of another version."""
    if name not in PICTURED:
        raise NoPicture(f"{name} has no picture: take {' or '.join(PICTURED)}")
    try:
        about = read(kept.about, About)
        if name == "reads":
            reads = read(kept.results, Reads)
            drawn = plot(reads, nearest(reads.delays_ms, delay))
        else:
            drawn = curves(read(kept.results, Faults).slow_calls)
        return f"{lines_alone(drawn, _caption(about))}\n"
    except UNFIT as error:
        raise NoPicture(f"the results of {name} cannot be drawn: {error}") from error


def _caption(about: About) -> str:
    machine = about.machine
    return f"{about.when}, {machine.processor}, {machine.cores} cores, {about.database}"
