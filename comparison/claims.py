"""Claims about the ways, from an article and from studies (``claims.toml``), and the rules by which
results are held against them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from comparison.formats import sentences

R = TypeVar("R")
Values = Mapping[str, Any]


class Claim(msgspec.Struct, frozen=True):
    """``text`` is one sentence; ``source`` names its author, ``url`` the place, if there is one."""

    text: str
    source: str = "the article that this blog comes from"
    url: str = ""


CLAIMS = msgspec.toml.decode(
    Path(__file__).with_suffix(".toml").read_bytes(), type=dict[str, Claim]
)


class Verdict(Enum):
    """Whether the results support a claim: a CSS class, and a label."""

    HOLDS = ("holds", "Holds here")
    IN_PART = ("in-part", "Holds here in part")
    NO = ("no", "Does not hold here")
    OPEN = ("open", "Measured here")  # our figures cannot decide it


def graded(every: bool, some: bool = False) -> Verdict:
    return Verdict.HOLDS if every else Verdict.IN_PART if some else Verdict.NO


@dataclass(frozen=True)
class Finding:
    """A claim beside what was measured."""

    claim: Claim
    measured: str
    verdict: Verdict


@dataclass(frozen=True)
class Rule(Generic[R]):
    """How results are held against a claim. ``values`` are taken from the results, None where one
    was not measured; they fill the slots of the part's sentences (see ``formats.sentences``), and
    ``verdict`` judges them where the first sentence has all of its own."""

    claim: str
    values: Callable[[R], Values]
    verdict: Callable[[Values], Verdict] = lambda values: Verdict.OPEN

    def apply(self, results: R, templates: Sequence[str]) -> Finding | None:
        """None where nothing was measured."""
        values = self.values(results)
        measured = sentences(templates, values)
        return Finding(CLAIMS[self.claim], measured, self.verdict(values)) if measured else None
