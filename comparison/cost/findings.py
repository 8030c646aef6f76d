"""Claims about what the architectures cost, and the figures that they are held against."""

from comparison.cost.results import Cost
from comparison.cost.tables import MODULES, ONE, SERVICES, Measure, measures
from comparison.formats import alike, ms
from comparison.parts import Rule, Values, Verdict, graded
from comparison.results import find


def lead(cost: Cost) -> dict[str, Measure]:
    """Those that are known of one application and of services, and not 0."""
    return {key: each for key, each in measures(cost).items() if each.factor}


def _one_machine(cost: Cost) -> Values:
    texts, ratios = [], []
    for key, each in lead(cost).items():
        if key in ("write", "end_to_end", "read"):
            both = f"{each.text(ONE)} in one application, {each.text(SERVICES)} with services"
            texts.append(f"{each.noun}: {both}")
            ratios.append(each.factor)
    return {"text": "; ".join(texts) or None, "ratios": ratios}


def _is_better(values: Values) -> Verdict:
    better = [ratio > 1 and not alike(ratio, 1) for ratio in values["ratios"]]
    return graded(all(better), any(better))


def _slower(cost: Cost) -> Values:
    found = lead(cost)
    ratios = [found[key].factor or 0.0 for key in ("cpu_write", "cpu_read") if key in found]
    return {**found, "ratios": ratios, "less": max(0.0, 1 - 1 / max(ratios)) if ratios else None}


def _reads(cost: Cost) -> Values:
    texts = []
    for kind in cost.read_kinds:
        one, services = (find(cost.reads, kind=kind.name, column=name) for name in (ONE, SERVICES))
        if one and services:
            both = f"{ms(services.p50_ms)} with services, {ms(one.p50_ms)} in one application"
            texts.append(f"{kind.title}: {both}")
    return {"reads": "; ".join(texts) or None}


def _energy(values: Values) -> Verdict:
    every = [values[key].factor for key in ("cpu_write", "cpu_read") if key in values]
    return graded(min(every) > 1, max(every) > 1)


def _against_modules(cost: Cost) -> Values:
    found = measures(cost)
    cpu, write = (
        found[key].ratio(SERVICES, MODULES) if key in found else None
        for key in ("cpu_write", "write")
    )
    return {"cpu_modules": cpu, "write_modules": write}


def _more_than_modules(values: Values) -> Verdict:
    more = [ratio > 1 and not alike(ratio, 1) for ratio in values.values() if ratio]
    return graded(all(more), any(more))


def _faster_at_more_cpu(values: Values) -> Verdict:
    times = [values[key].factor for key in ("write", "read") if key in values]
    more = values["cpu_write"].factor > 1
    return graded(more and max(times) < 1, more and min(times) < 1)


def _saved(cost: Cost) -> Values:
    found = lead(cost)
    ratios = {key: found[key].factor for key in ("memory", "cpu_write") if key in found}
    saved = {key: 1 - 1 / ratio for key, ratio in ratios.items() if ratio and ratio >= 1}
    return {"saved_memory": saved.get("memory"), "saved_cpu": saved.get("cpu_write")}


def _both_larger(values: Values) -> Verdict:
    slower, larger = values["end_to_end"].factor, values["memory"].factor
    return graded(min(slower, larger) > 1, slower > 1)


FINDINGS: tuple[Rule[Cost], ...] = (
    Rule("better-on-one-machine", _one_machine, _is_better),
    Rule("one-process", lead, _both_larger),
    Rule(
        "slower-than-a-monolith",
        _slower,
        lambda values: graded(min(values["ratios"]) > 1, max(values["ratios"]) > 1),
    ),
    Rule("energy-of-services", lead, _energy),
    Rule("modules-in-simple-scenarios", _against_modules, _more_than_modules),
    Rule("faster-at-more-cpu", lead, _faster_at_more_cpu),
    Rule("back-into-one-process", _saved),
    Rule(
        "duplication",
        measures,
        lambda values: graded(values["copies"].services > (values["copies"].one or 1.0)),
    ),
    Rule("fast-without-dependencies", _reads),
    Rule("easy-in-a-monolith", lead, lambda values: graded(values["files"].factor > 1)),
)
