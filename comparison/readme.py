"""What README shows of the results: a table for each part, and a chart that stands alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from comparison.charts import LineChart
from comparison.faults import charts as faults
from comparison.page import UNFIT
from comparison.parts import BY_NAME
from comparison.reads import charts as reads
from comparison.results import About, Kept
from comparison.tables import markdown as as_markdown

PICTURES: dict[str, Callable[[Any, float | None], LineChart]] = {
    "reads": reads.picture,
    "faults": faults.picture,
}


class NoPicture(Exception):
    """The message is for the user."""


def markdown(kept: Mapping[str, Kept], names: list[str]) -> str:
    """A table for each of these parts that was measured, with a line on its run."""
    return "\n".join(_table(name, kept[name]) for name in names if name in kept)


def _table(name: str, kept: Kept) -> str:
    part = BY_NAME[name]
    try:
        table, about = part.headline(kept.read_results(part.results)), kept.read_about()
        run = f"{_machine(about)}, load {about.machine.load:g}, {about.database}: `{about.command}`"
        return as_markdown(table, f"{about.when}, {run}")
    except UNFIT:
        return ""


def write_picture(path: Path, kept: Mapping[str, Kept], delay: float | None = None) -> None:
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
    """SVG, on white and with its key. ``delay``: of the network, in ms, for reads; the nearest that
    was measured. Raises NoPicture for a part that has none, and for results of another version."""
    if name not in PICTURES:
        raise NoPicture(f"{name} has no picture: take {' or '.join(PICTURES)}")
    try:
        about, found = kept.read_about(), kept.read_results(BY_NAME[name].results)
        caption = f"{about.when}, {_machine(about)}, {about.database}"
        return f"{PICTURES[name](found, delay).svg_alone(caption)}\n"
    except UNFIT as error:
        raise NoPicture(f"the results of {name} cannot be drawn: {error}") from error


def _machine(about: About) -> str:
    return f"{about.machine.processor}, {about.machine.cores} cores"
