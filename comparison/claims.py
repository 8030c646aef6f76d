"""Claims about the ways, from the article that the blog comes from and from published studies, in
our own words; and the rules by which results are held against them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from comparison.formats import sentences

R = TypeVar("R")
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """``text`` is one sentence; ``source`` names its author, ``url`` the place, if there is one."""

    key: str
    text: str
    source: str
    url: str = ""


ARTICLE = "the article that this blog comes from"

CLAIMS: dict[str, Claim] = {
    claim.key: claim
    for claim in (
        Claim(
            "one-request-per-post",
            "Asking the comments service once for every post of the page is very inefficient.",
            ARTICLE,
        ),
        Claim(
            "easy-in-a-monolith",
            "In a monolith, posts together with their comments are an easy thing to get.",
            ARTICLE,
        ),
        Claim(
            "sync-couples",
            "Synchronous calls make services depend on each other: where one call fails, the whole "
            "request fails.",
            ARTICLE,
        ),
        Claim(
            "slowest-call",
            "A request that is made of synchronous calls is only as fast as the slowest of them.",
            ARTICLE,
        ),
        Claim(
            "private-databases",
            "Each service has a database that no other may read; whoever reads it all the same has "
            "to know what kind of database each of the others uses.",
            ARTICLE,
        ),
        Claim(
            "code-for-the-past-alone",
            "To ask every service for its past takes an endpoint in each of them, and code in the "
            "newcomer whose only purpose is to bring it online.",
            ARTICLE,
        ),
        Claim(
            "own-queries",
            "A newcomer that reads the others' databases runs its own queries, for just the data "
            "that it needs.",
            ARTICLE,
        ),
        Claim(
            "past-from-stored-events",
            "Where all events are stored, a service that comes online later gets the whole past "
            "from them; and one that was down gets what it missed, in the same way.",
            ARTICLE,
        ),
        Claim(
            "fast-without-dependencies",
            "A query service that is fed by events depends on no other service: it is very fast, "
            "and goes on answering while posts and comments are down.",
            ARTICLE,
        ),
        Claim(
            "duplication",
            "The price of events is that data is kept twice, and that the whole is harder to "
            "understand.",
            ARTICLE,
        ),
        Claim(
            "bus-loses-events",
            "A bus that does not store events loses those that are sent while a listener is down: "
            "when it is back, it has no way to learn of them.",
            ARTICLE,
        ),
        Claim(
            "stored-events",
            "Stored events let a service that was stopped, or that is added a year later, catch up "
            "with all that happened.",
            ARTICLE,
        ),
        Claim(
            "per-post-measured-elsewhere",
            "On the original of the article's blog, one request per post took 4 to 20 times as "
            "long as one call to the query service, with 20 to 1,000 posts.",
            "a measurement of the original, made elsewhere",
        ),
        Claim(
            "slower-than-a-monolith",
            "An application made of microservices does up to 79 % less than the same application "
            "as a monolith, on the same machine.",
            "T. Ueda, T. Nakaike, M. Ohara: Workload Characterization for Microservices. "
            "IISWC 2016",
            "https://doi.org/10.1109/IISWC.2016.7581269",
        ),
        Claim(
            "one-process",
            "Components that were put into one process had up to 15 times lower latency, at up to "
            "9 times lower cost, than the same components apart.",
            "S. Ghemawat et al.: Towards Modern Development of Cloud Applications "
            "(Service Weaver). HotOS 2023",
            "https://doi.org/10.1145/3593856.3595909",
        ),
        Claim(
            "better-on-one-machine",
            "As long as there is only one machine, the monolith is the faster of the two.",
            "G. Blinowski, A. Ojdowska, A. Przybyłek: Monolithic vs. Microservice Architecture: "
            "A Performance and Scalability Evaluation. IEEE Access 10, 2022",
            "https://doi.org/10.1109/ACCESS.2022.3152803",
        ),
        Claim(
            "tail-at-scale",
            "Where a share p of all calls is slow, and a page waits for N of them, a share of "
            "1 − (1 − p)^N of all pages is slow.",
            "J. Dean, L. A. Barroso: The Tail at Scale. Communications of the ACM 56(2), 2013",
            "https://doi.org/10.1145/2408776.2408794",
        ),
        Claim(
            "dual-write",
            "A service that updates its database and sends a message cannot do both as one: where "
            "it crashes in between, the one happened and the other did not.",
            "C. Richardson: Pattern: Transactional outbox. microservices.io",
            "https://microservices.io/patterns/data/transactional-outbox.html",
        ),
        Claim(
            "at-least-once",
            "A broker with acknowledgements delivers at least once: a message whose consumer fails "
            "before it acknowledges is delivered again, so it may be handled twice.",
            "RabbitMQ documentation: Reliability Guide",
            "https://www.rabbitmq.com/docs/reliability",
        ),
    )
}


class Verdict(Enum):
    """Whether the results support a claim; the value is a CSS class."""

    HOLDS = "holds"
    IN_PART = "in-part"
    NO = "no"
    OPEN = "open"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Verdict.HOLDS: "Holds here",
    Verdict.IN_PART: "Holds here in part",
    Verdict.NO: "Does not hold here",
    Verdict.OPEN: "Measured here",
}
"""OPEN: our figures cannot decide it."""


def graded(every: bool, some: bool = False) -> Verdict:
    return Verdict.HOLDS if every else Verdict.IN_PART if some else Verdict.NO


def undecided(values: Values) -> Verdict:
    return Verdict.OPEN


@dataclass(frozen=True)
class Finding:
    """A claim beside what was measured."""

    claim: Claim
    measured: str
    verdict: Verdict


@dataclass(frozen=True)
class Rule(Generic[R]):
    """How results are held against a claim. ``values`` are taken from the results, None where one
    was not measured; they fill the slots of ``sentences`` (see ``formats.sentences``), and
    ``verdict`` judges them where the first sentence has all of its own."""

    claim: str
    values: Callable[[R], Values]
    sentences: Sequence[str]
    verdict: Callable[[Values], Verdict] = undecided

    def apply(self, results: R) -> Finding | None:
        """None where nothing was measured."""
        values = self.values(results)
        measured = sentences(self.sentences, values)
        return Finding(CLAIMS[self.claim], measured, self.verdict(values)) if measured else None


def finding(key: str, measured: str, holds: str = "") -> list[Finding]:
    """For parts that are not yet Rules."""
    verdicts = {"holds": Verdict.HOLDS, "in part": Verdict.IN_PART, "no": Verdict.NO}
    return [Finding(CLAIMS[key], measured, verdicts.get(holds, Verdict.OPEN))] if measured else []
