"""The advisor: which way to build it, for a team of that size, that much traffic, and what a page
may and must do. It is computed from the figures of the parts ``cost`` and ``faults``.

What was measured decides: the CPU time of a page and a comment, at rest, memory, how old a page is,
and how many pages come during an outage. Only from what size on people are several teams is an
assumption, and the page says so.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import forms

from comparison.cost.results import Cost
from comparison.cost.tables import MODULES, ONE, SERVICES, Measure, measures
from comparison.faults.results import Faults
from comparison.formats import ms, plain, sentences, share, size
from comparison.reads.results import USUAL_POSTS

TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
PEOPLE_PER_TEAM = int(TEXTS["people_per_team"])
WAYS = {"gateway": "gateway-batched", SERVICES: "read-model"}
OUTAGE_SHARE = 0.99  # of all pages: so many have to come for "they come"


class Needs(forms.Form):
    """``people``; ``reads`` and ``writes`` a second; ``age`` of a page in seconds; ``outage``:
    whether pages have to come while posts and comments are down."""

    people = forms.IntegerField(min_value=1, max_value=100_000)
    reads = forms.FloatField(min_value=0, max_value=1_000_000)
    writes = forms.FloatField(min_value=0, max_value=1_000_000)
    age = forms.FloatField(min_value=0, max_value=86_400)
    outage = forms.BooleanField(required=False)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        slots = {"people_per_team": PEOPLE_PER_TEAM, "page": USUAL_POSTS}
        for name, text in TEXTS["fields"].items():
            field = self.fields[name]
            field.label, field.help_text = text["label"], text["hint"].format(**slots)
            field.initial = text.get("initial", False)

    @classmethod
    def usual(cls) -> "Needs":
        """As the form is first shown."""
        initial = {name: text.get("initial", "") for name, text in TEXTS["fields"].items()}
        return cls(initial)


@dataclass(frozen=True)
class Option:
    """One way to run it, for these needs. ``cores`` and ``memory`` are texts; ``meets``: each need
    that there is, and whether it is met, None where that was not measured."""

    title: str
    cores: str
    memory: str
    age: str
    outage: str
    meets: Mapping[str, bool | None]

    @property
    def is_fit(self) -> bool:
        return all(self.meets.values())

    @property
    def is_too_much(self) -> bool:
        return self.meets["traffic"] is False

    @property
    def might_fit(self) -> bool:
        """On more machines, or as far as it was measured."""
        return all(met is not False for need, met in self.meets.items() if need != "traffic")


@dataclass(frozen=True)
class Verdict:
    """``chosen`` is the first of the ``options`` that meets all needs; if none does, the
    first that might, on more machines or as far as it was measured; or None."""

    title: str
    why: str
    needs: Mapping[str, str]
    options: list[Option]
    chosen: Option | None


def advise(needs: Mapping[str, Any], measured: Mapping[str, Any], cores: int) -> Verdict | None:
    """``needs`` as the form has cleaned them; ``measured``: results by part. None where the costs
    were not measured. ``cores`` of the machine they were measured on."""
    cost = measured.get("cost")
    if not cost:
        return None
    left_out = set()
    if needs["people"] <= PEOPLE_PER_TEAM:
        left_out.add("teams")
    if not needs["outage"]:
        left_out.add("outage")
    slots = {**needs, "cores": cores}
    texts = TEXTS["needs"].items()
    wanted = {name: sentences([text], slots) for name, text in texts if name not in left_out}
    figures = Figures(cost, measured.get("faults"))
    options = {name: figures.option(name, needs, wanted, cores) for name in TEXTS["options"]}
    fit = [name for name, option in options.items() if option.is_fit]
    others = [name for name, option in options.items() if option.might_fit]
    chosen = next(iter(fit or others), None)
    text = TEXTS["options"][chosen] if chosen else TEXTS["none"]
    return Verdict(
        text["title"],
        text["why"],
        wanted,
        list(options.values()),
        options[chosen] if chosen else None,
    )


@dataclass(frozen=True)
class Figures:
    """What was measured of the options; None where a part was not."""

    cost: Cost
    faults: Faults | None

    def option(
        self, name: str, needs: Mapping[str, Any], wanted: Mapping[str, str], cores: int
    ) -> Option:
        age, outage, used = self.age(name), self.outage(name), self.cores(name, needs)
        met: dict[str, bool | None] = {
            "teams": name in ("gateway", SERVICES),
            "age": None if age is None else age <= needs["age"] * 1_000,
            "outage": None if outage is None else outage >= OUTAGE_SHARE,
            "traffic": None if used is None else used <= cores,
        }
        text = TEXTS["options"][name]
        return Option(
            title=text["title"],
            cores=plain(used),
            memory=size(self._figure("memory", self._column(name))),
            age="none" if age == 0 else ms(age),
            outage=share(outage),
            meets={need: met[need] for need in wanted},
        )

    def cores(self, name: str, needs: Mapping[str, Any]) -> float | None:
        """Of this machine's: the CPU time of so many pages and comments a second, and of doing
        nothing. For the gateway the pages' was not measured."""
        column = self._column(name)
        keys = ("cpu_cached", "cpu_write", "idle")
        read, write, idle = (self._figure(key, column) for key in keys)
        if name == "gateway" or read is None or write is None or idle is None:
            return None
        return float(needs["reads"] * read + needs["writes"] * write) / 1_000 + idle / 100

    def age(self, name: str) -> float | None:
        """Milliseconds until a comment is on the page with its status: where it is moderated in the
        transaction that saves it, and where a page calls the services, it is at once."""
        if name in (ONE, "gateway"):
            return 0.0
        rates = self.cost.staleness.cells
        slow = [each.p95_ms for each in rates if each.column == name and each.p95_ms is not None]
        return max(slow, default=self._figure("end_to_end", name))

    def outage(self, name: str) -> float | None:
        """The share of pages that came while posts, or comments, were down. One process is down
        with them."""
        if name in (ONE, MODULES):
            return 0.0
        if self.faults is None:
            return None
        targets = ("posts", "comments")
        shares = [share for each in targets for share in self.faults.shares((WAYS[name],), each)]
        return min(shares, default=None)

    def _column(self, name: str) -> str:
        return SERVICES if name == "gateway" else name

    def _figure(self, key: str, column: str) -> float | None:
        measure: Measure | None = measures(self.cost).get(key)
        return measure.values.get(column) if measure else None
