"""Advice on how many processes to make of it."""

from comparison.page.shapes.measures import Measure, measures
from comparison.page.verdict.advice import Advice, Figures
from comparison.page.wording import alike, times

ONE, MODULES, SERVICES = "one", "modules", "services"
DEAR = 1.1
"""From this ratio on it is a price that is spoken of."""


def services(figures: Figures) -> Advice | None:
    """Against one application: what each figure becomes."""
    found = _measures(figures)
    prices: list[str] = []
    gains: list[str] = []
    for key in ("write", "end_to_end", "memory", "processes"):
        measure = found.get(key)
        ratio = measure.ratio(SERVICES, ONE) if measure else None
        if measure and ratio and not alike(ratio, 1.0):
            (prices if ratio > 1 else gains).append(_compared(measure, SERVICES, ONE))
    if not prices and not gains:
        return None
    when = "one of them must be stopped, deployed or written anew while the others go on"
    said = []
    if prices:
        said.append(f"Against one application, that costs: {'; '.join(prices)}.")
    if gains:
        said.append(
            f"{'It gains' if prices else 'Against one application, it gains'}: {'; '.join(gains)}."
        )
    if not prices:
        when += "; nothing here speaks against it"
    return Advice("Services", when, " ".join(said), "services")


def modules(figures: Figures) -> Advice | None:
    """The same boundaries in one web process, against processes of their own."""
    memory = _measures(figures).get("memory")
    ratio = memory.ratio(SERVICES, MODULES) if memory else None
    if not memory or not ratio:
        return None
    because = f"Against services apart: {_compared(memory, MODULES, SERVICES)}"
    write = _measures(figures).get("write")
    if write and write.ratio(MODULES, SERVICES):
        because += f"; {_compared(write, MODULES, SERVICES)}"
    because += "."
    if ratio >= DEAR:
        when = "the boundaries of services are wanted, and being deployed together does no harm"
    else:
        when = "there shall be less to deploy; apart, the services take no more memory here"
    return Advice("A monolith of modules that share events", when, because, "read-model")


def _measures(figures: Figures) -> dict[str, Measure]:
    return {each.key: each for each in measures(figures.cost)} if figures.cost else {}


def _compared(measure: Measure, column: str, to: str) -> str:
    """``memory 540 MB instead of 110 MB (4.9 times)``"""
    mine, other = measure.values.get(column), measure.values.get(to)
    ratio = measure.ratio(column, to)
    more = f" ({times(ratio)})" if ratio and ratio > DEAR else ""
    return f"{measure.noun} {measure.number(mine)} instead of {measure.number(other)}{more}"
