"""The parts of the comparison in their order, and what the page and README show of them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import msgspec

from comparison import cost, delivery, faults, history, reads
from comparison.advice import Advice, Figures, advice
from comparison.claims import Finding
from comparison.part import Panel, Part
from comparison.reads.charts import nearest
from comparison.results import About, Kept
from comparison.tables import Column, Table
from comparison.tables import markdown as as_markdown

log = logging.getLogger(__name__)

PARTS: tuple[Part[Any], ...] = (
    reads.PART,
    history.PART,
    delivery.PART,
    cost.PART,
    faults.PART,
)
BY_NAME = {part.name: part for part in PARTS}

UNFIT = (msgspec.MsgspecError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading and drawing raises for results of another version."""

DIFFERENT_MACHINES = (
    "The parts were measured on different machines or databases. Compare within a part, not from "
    "one part to another."
)


@dataclass(frozen=True)
class ShownPart:
    """A part on the page. ``about`` is None where nothing was measured, or it cannot be shown,
    which is ``unreadable``. A slider chooses among the ``delays``, of which ``delay`` is shown."""

    part: Part[Any]
    about: About | None = None
    results: Any = None
    lead: str = ""
    panels: Sequence[Panel] = ()
    findings: Sequence[Finding] = ()
    delays: Sequence[float] = ()
    delay: float | None = None
    unreadable: bool = False


def content(kept: Mapping[str, Kept], delay: float | None = None) -> dict[str, Any]:
    """All of the page. ``delay`` is the network's that is shown first, in ms."""
    parts = [shown(part, kept.get(part.name), delay) for part in PARTS]
    runs = {each.part.title: each.about for each in parts if each.about}
    places = {(about.machine.short, about.database) for about in runs.values()}
    measured = {each.part.name: each.results for each in parts if each.about}
    return {
        "parts": parts,
        "advice": _advice(Figures(**measured)),
        "warnings": [DIFFERENT_MACHINES] if len(places) > 1 else [],
        "latest": max(runs.values(), key=lambda about: about.date, default=None),
        "runs": _runs(runs),
    }


def shown(part: Part[Any], kept: Kept | None, delay: float | None) -> ShownPart:
    """Never raises for what stands in the file: an old or a partial one is no reason for an
    error, and no reason to hide the other parts."""
    if kept is None:
        return ShownPart(part)
    try:
        about, found = kept.read_about(), kept.read_results(part.results)
        panels, findings = part.panels(found), part.found(found)
        delays = [panel.delay_ms for panel in panels if panel.delay_ms is not None]
        lead = part.lead(found)
    except UNFIT as error:
        log.warning("the results of %s cannot be shown: %s", part.name, error)
        return ShownPart(part, unreadable=True)
    return ShownPart(part, about, found, lead, panels, findings, delays, nearest(delays, delay))


def _advice(figures: Figures) -> list[Advice]:
    try:
        return advice(figures)
    except UNFIT:
        log.exception("no advice can be computed from these results")
        return []


def _runs(runs: Mapping[str, About]) -> Table:
    """All that the runs record about themselves, a row for each part."""
    rows = [{"part": title, **about.facts} for title, about in runs.items()]
    columns = [Column(name, itemgetter(name)) for name in rows[0]] if rows else []
    return Table("The run of each part: when, how and where", columns, rows, fold=True)


def markdown(kept: Mapping[str, Kept], names: Sequence[str]) -> str:
    """For README: a table for each of these parts that was measured, with a line on its run."""
    return "\n".join(_markdown(BY_NAME[name], kept[name]) for name in names if name in kept)


def _markdown(part: Part[Any], kept: Kept) -> str:
    try:
        table, about = part.headline(kept.read_results(part.results)), kept.read_about()
        machine = f"{about.machine.short}, load {about.machine.load:g}, {about.database}"
        return as_markdown(table, f"{about.when}, {machine}: `{about.command}`")
    except UNFIT:
        return ""
