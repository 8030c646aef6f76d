"""What a run does, from the command line."""

import argparse
import secrets
from dataclasses import dataclass

STACKS = {
    "embedded": ("sqlite", "file"),
    "postgresql+rabbitmq": ("postgresql", "rabbitmq"),
    "postgresql+redis": ("postgresql", "redis"),
}
"""By name: the database and the broker."""


@dataclass(frozen=True)
class Options:
    """``kills``: processes to kill before it is enough; where it is 0, ``seconds`` count.
    ``every``: seconds between two faults, on average. ``patience``: seconds to converge in."""

    stacks: tuple[str, ...]
    seconds: float
    kills: int
    seed: int
    writers: int
    every: float
    patience: float


def options(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m lab.chaos")
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--seconds", type=float, default=60.0, help="of faults, on each stack (60)")
    until.add_argument("--kills", type=int, default=0, help="or until so many processes are killed")
    parser.add_argument(
        "--on", choices=STACKS, action="append", help="one stack of those found (may be repeated)"
    )
    parser.add_argument("--seed", type=int, help="of the schedule; without it, another each time")
    parser.add_argument("--writers", type=int, default=3, help="beside the one of the staff (3)")
    parser.add_argument("--every", type=float, default=1.5, help="seconds between faults (1.5)")
    parser.add_argument("--patience", type=float, default=90.0, help="seconds to converge in (90)")
    given = parser.parse_args(arguments)
    if min(given.seconds, given.every, given.patience) <= 0 or min(given.kills, given.writers) < 0:
        parser.error("seconds are more than 0, and numbers not less")
    return Options(
        stacks=tuple(given.on or STACKS),
        seconds=given.seconds,
        kills=given.kills,
        seed=secrets.randbelow(10_000) if given.seed is None else given.seed,
        writers=given.writers,
        every=given.every,
        patience=given.patience,
    )
