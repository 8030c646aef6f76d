"""What is claimed of what the architectures cost, beside what was measured."""

from comparison.claims import Finding, finding
from comparison.cost.measures import Measure, measures
from comparison.cost.results import Cost, of
from comparison.formats import alike, ms, plain, share, size, times

ONE, MODULES, SERVICES = "one", "modules", "services"


def lead(cost: Cost) -> str:
    found = {measure.key: measure for measure in measures(cost)}
    said = []
    if (write := found.get("write")) and (ratio := write.ratio(SERVICES, ONE)):
        said.append(
            f"Saving a comment takes {write.told(SERVICES)} with services and {write.told(ONE)} in "
            f"one application: {times(ratio)} as long"
        )
    if (memory := found.get("memory")) and memory.ratio(SERVICES, ONE):
        said.append(f"they take {memory.told(SERVICES)} of memory, and it {memory.told(ONE)}")
    return f"{'; '.join(said)}." if said else ""


def findings(cost: Cost) -> list[Finding]:
    found = {measure.key: measure for measure in measures(cost)}
    return [
        *_one_machine(found),
        *_one_process(found),
        *_slower(found),
        *_duplication(found),
        *_fast(cost),
        *_easy(found),
    ]


def _one_machine(found: dict[str, Measure]) -> list[Finding]:
    compared = [each for key in ("write", "end_to_end", "read") if (each := found.get(key))]
    ratios = {each.noun: ratio for each in compared if (ratio := each.ratio(SERVICES, ONE))}
    if not ratios:
        return []
    said = "; ".join(
        f"{each.noun}: {each.told(ONE)} in one application, {each.told(SERVICES)} with services"
        for each in compared
        if each.noun in ratios
    )
    better = sum(ratio > 1 and not alike(ratio, 1) for ratio in ratios.values())
    holds: str = "holds" if better == len(ratios) else "in part" if better else "no"
    return finding("better-on-one-machine", f"{said[:1].upper()}{said[1:]}.", holds)


def _one_process(found: dict[str, Measure]) -> list[Finding]:
    wait, memory = found.get("end_to_end"), found.get("memory")
    slower = wait.ratio(SERVICES, ONE) if wait else None
    larger = memory.ratio(SERVICES, ONE) if memory else None
    if not wait or not memory or not slower or not larger:
        return []
    said = (
        f"From a comment’s POST until it is approved on the page: {times(slower)} as long with "
        f"services ({wait.told(SERVICES)}) as in one application ({wait.told(ONE)}). Memory: "
        f"{times(larger)} as much."
    )
    holds: str = "holds" if min(slower, larger) > 1 else "in part" if slower > 1 else "no"
    return finding("one-process", said, holds)


def _slower(found: dict[str, Measure]) -> list[Finding]:
    said, ratios = [], []
    for key, what in (("cpu_write", "a comment"), ("cpu_read", "a page")):
        measure = found.get(key)
        ratio = measure.ratio(SERVICES, ONE) if measure else None
        if measure and ratio:
            ratios.append(ratio)
            said.append(
                f"{what} costs {measure.told(SERVICES)} of CPU with services and "
                f"{measure.told(ONE)} in one application"
            )
    if not ratios:
        return []
    less = share(max(0.0, 1 - 1 / max(ratios)))
    text = " and ".join(said)
    holds: str = "holds" if min(ratios) > 1 else "in part" if max(ratios) > 1 else "no"
    return finding(
        "slower-than-a-monolith",
        f"{text[:1].upper()}{text[1:]}: a core that does nothing else does {less} less at most.",
        holds,
    )


def _duplication(found: dict[str, Measure]) -> list[Finding]:
    copies, stored = found.get("copies"), found.get("stored")
    if not copies or not stored or copies.values.get(SERVICES) is None:
        return []
    many, one = copies.values.get(SERVICES) or 0.0, copies.values.get(ONE)
    said = f"The text of a comment is kept {plain(many)} times with services"
    said += f", and {plain(one)} in one application" if one is not None else ""
    said += f"; on disk {stored.told(SERVICES)}"
    said += f" to {size(stored.values[ONE])}." if stored.values.get(ONE) else "."
    return finding("duplication", said, "holds" if many > (one or 1.0) else "no")


def _fast(cost: Cost) -> list[Finding]:
    said = []
    for kind in cost.read_kinds:
        rows = [row for row in cost.reads if row.kind == kind.name]
        one, apart = of(rows, ONE), of(rows, SERVICES)
        if one and apart:
            both = f"{ms(apart.p50_ms)} with services, {ms(one.p50_ms)} in one application"
            said.append(f"{kind.title}: {both}")
    return finding("fast-without-dependencies", f"A page, {'; '.join(said)}." if said else "")


def _easy(found: dict[str, Measure]) -> list[Finding]:
    files, lines = found.get("files"), found.get("lines")
    more = files.ratio(SERVICES, ONE) if files else None
    if not files or not lines or not more or not lines.ratio(SERVICES, ONE):
        return []
    said = (
        f"{files.title}: {files.told(SERVICES)} of the services, and {files.told(ONE)} of one "
        f"application; {lines.told(SERVICES)} lines of code to {lines.told(ONE)}."
    )
    return finding("easy-in-a-monolith", said, "holds" if more > 1 else "no")
