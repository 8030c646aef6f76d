"""The options of the command line."""

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
    """``kills``: processes to kill before the run ends; with 0, it ends after ``seconds``.
    ``every``: seconds between two faults, on average. ``timeout``: seconds to settle in."""

    stacks: tuple[str, ...]
    seconds: float
    kills: int
    seed: int
    writers: int
    every: float
    timeout: float


def parse_options(arguments: list[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m lab.chaos")
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--seconds", type=float, default=60.0, help="of faults, on each stack (60)")
    until.add_argument("--kills", type=int, default=0, help="or until so many processes are killed")
    parser.add_argument(
        "--on", choices=STACKS, action="append", help="one stack, not all (may be repeated)"
    )
    parser.add_argument("--seed", type=int, help="of the schedule (default: another each time)")
    parser.add_argument("--writers", type=int, default=3, help="in addition to the staff's one (3)")
    parser.add_argument("--every", type=float, default=1.5, help="seconds between faults (1.5)")
    parser.add_argument(
        "--timeout", "--patience", type=float, default=90.0, help="seconds to settle in (90)"
    )
    parsed = parser.parse_args(arguments)
    if min(parsed.seconds, parsed.every, parsed.timeout) <= 0:
        parser.error("--seconds, --every and --timeout must be more than 0")
    if min(parsed.kills, parsed.writers) < 0:
        parser.error("--kills and --writers must not be negative")
    return Options(
        stacks=tuple(parsed.on or STACKS),
        seconds=parsed.seconds,
        kills=parsed.kills,
        seed=secrets.randbelow(10_000) if parsed.seed is None else parsed.seed,
        writers=parsed.writers,
        every=parsed.every,
        timeout=parsed.timeout,
    )
