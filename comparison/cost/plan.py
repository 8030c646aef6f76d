"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Requests of each kind in a round; ``rates`` of comments a second, each for ``seconds``;
    ``rest``: seconds in which nothing happens."""

    posts: int
    rounds: int
    writes: int
    followed: int
    reads: int
    rates: tuple[float, ...]
    seconds: float
    rest: float


QUICK = Plan(
    posts=20, rounds=1, writes=20, followed=4, reads=15, rates=(10, 50), seconds=0.5, rest=1.0
)
FULL = Plan(
    posts=200,
    rounds=3,
    writes=100,
    followed=15,
    reads=50,
    rates=(5, 20, 50, 100, 200, 400),
    seconds=4.0,
    rest=10.0,
)
AMID = 20.0
"""Comments a second beside a reader."""
