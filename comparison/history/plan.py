"""How much is measured."""

from dataclasses import dataclass

from comparison.history.orders import Listens
from comparison.history.outages import TARGETS

EVERY_TARGET = tuple(target.name for target in TARGETS)


@dataclass(frozen=True)
class Plan:
    """``delays`` in seconds. Rounds: at most ``most``, fewer for large blogs, at least ``least``.
    Outages of ``targets`` are had with ``outage_posts`` of ``posts``, writes with the last."""

    posts: tuple[int, ...]
    delays: tuple[float, ...]
    most: int
    least: int
    outage_posts: int
    targets: tuple[str, ...]
    listens: tuple[Listens, ...]

    def rounds(self, posts: int) -> int:
        return max(self.least, min(self.most, 1_000 // posts))


QUICK = Plan(
    posts=(10, 40),
    delays=(0.0, 0.001),
    most=2,
    least=2,
    outage_posts=10,
    targets=EVERY_TARGET,
    listens=("after",),
)
FULL = Plan(
    posts=(10, 100, 1_000),
    delays=(0.0, 0.001, 0.005),
    most=10,
    least=3,
    outage_posts=100,
    targets=EVERY_TARGET,
    listens=("after", "before"),
)
