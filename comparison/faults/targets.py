"""What is broken, and how."""

from dataclasses import dataclass

from lab.faulting import Fault

SEED = 5


@dataclass(frozen=True)
class Target:
    """A process of the lab; or, where ``databases`` names aliases, these, for whomever asks."""

    name: str
    title: str
    databases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mode:
    """``fault`` is None where the process is ended."""

    name: str
    title: str
    fault: Fault | None


TARGETS = (
    Target("posts", "posts"),
    Target("comments", "comments"),
    Target("query", "query"),
    Target("monolith", "the monolith"),
    Target("gateway", "the gateway"),
    Target("databases", "the databases of posts and comments", ("posts", "comments")),
)

MODES = (
    Mode("down", "down", None),
    Mode("slow-200", "slow: 200 ms", Fault(mode="slow", seconds=0.2, seed=SEED)),
    Mode("slow-2000", "slow: 2 s", Fault(mode="slow", seconds=2.0, seed=SEED)),
    Mode("failing", "failing one time in five", Fault(mode="failing", share=0.2, seed=SEED)),
)
