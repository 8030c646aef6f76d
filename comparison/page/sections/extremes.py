"""The best and the worst of several ways, in words."""

from collections.abc import Mapping

from comparison.page.wording import low, ms


def extremes(times: Mapping[str, float]) -> str:
    """``from 1.7 ms (one join) to 23 ms (a loop)``, of times in ms by title; empty where there
    are none."""
    if not times:
        return ""
    best, worst = min(times, key=times.__getitem__), max(times, key=times.__getitem__)
    return f"from {ms(times[best])} ({low(best)}) to {ms(times[worst])} ({low(worst)})"
