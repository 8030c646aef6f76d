"""All that the page says, from the results at hand."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from comparison.page import warnings
from comparison.page.part import UNFIT, Kind, Part, part
from comparison.page.sections import cost, delivery, faults, history, reads
from comparison.page.sections.section import Table
from comparison.page.shapes.about import About
from comparison.page.shapes.cost import Cost
from comparison.page.shapes.delivery import Delivery
from comparison.page.shapes.faults import Faults
from comparison.page.shapes.history import History
from comparison.page.shapes.reads import Reads
from comparison.page.verdict import advice
from comparison.page.verdict.advice import Advice, Figures
from comparison.results import Kept

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Content:
    parts: Sequence[Part]
    advice: Sequence[Advice]
    warnings: Sequence[str]
    latest: About | None
    runs: Table | None


def kinds(delay: float | None = None) -> list[Kind]:
    """In the order of the page. ``delay`` is the network's that is shown first, in ms."""
    section = partial(reads.section, delay=delay)
    return [
        Kind("reads", reads.TITLE, reads.ASKS, Reads, section),
        Kind("history", history.TITLE, history.ASKS, History, history.section),
        Kind("delivery", delivery.TITLE, delivery.ASKS, Delivery, delivery.section),
        Kind("cost", cost.TITLE, cost.ASKS, Cost, cost.section),
        Kind("faults", faults.TITLE, faults.ASKS, Faults, faults.section),
    ]


def content(kept: Mapping[str, Kept], delay: float | None = None) -> Content:
    parts = [part(kind, kept.get(kind.name)) for kind in kinds(delay)]
    runs = [each.about for each in parts if each.about]
    latest = max(runs, key=lambda about: about.date, default=None)
    figures = Figures(**{each.kind.name: each.figures for each in parts})
    return Content(parts, _advice(figures), warnings.of_all(runs), latest, _runs(parts))


def _runs(parts: Sequence[Part]) -> Table | None:
    """All that the runs say about themselves, a row for each part."""
    known = {each.kind.title: each.about.facts for each in parts if each.about}
    if not known:
        return None
    rows = [[title, *facts.values()] for title, facts in known.items()]
    headings = ["part", *next(iter(known.values()))]
    return Table("The run of each part: when, how and where", headings, rows, fold=True)


def _advice(figures: Figures) -> list[Advice]:
    try:
        return advice(figures)
    except UNFIT:
        log.exception("no verdict can be made of these results")
        return []
