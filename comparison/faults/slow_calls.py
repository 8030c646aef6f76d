"""The tail at scale: few slow calls make many slow pages.

Where a share p of calls is slow and a page waits for N of them, 1 − (1 − p)^N of pages are slow
(J. Dean, L. A. Barroso, Communications of the ACM 56(2), 2013). Held against real pages.
"""

from dataclasses import dataclass
from typing import Any

from comparison.measure import milliseconds, summary
from comparison.reads import per_post_six
from comparison.reads.asking import Client
from lab import control
from lab.faulting import Fault

WAY = per_post_six.way
"""Each post of its page is a call to comments, and the page waits for all of them."""


@dataclass(frozen=True)
class Curve:
    """``shares`` of calls are slow, by ``seconds``; ``calls`` of a page; so many pages each."""

    shares: tuple[float, ...]
    calls: tuple[int, ...]
    pages: int
    seconds: float


def formula(share: float, calls: int) -> float:
    """The share of pages that meet at least one slow call, where each call is slow by chance."""
    return 1 - (1 - share) ** calls


def curves(client: Client, comments: str, curve: Curve) -> list[dict[str, Any]]:
    """A row for each share and number of calls. ``comments`` is the address of that process."""
    return [
        _row(client, comments, curve, share, calls)
        for share in curve.shares
        for calls in curve.calls
    ]


def _row(client: Client, comments: str, curve: Curve, share: float, calls: int) -> dict[str, Any]:
    """A page is slow where one of its calls took as long as a slow one does, as seen from the
    outside: not where we know that one was struck."""
    fault = Fault(mode="slow", seconds=curve.seconds, share=share, seed=calls)
    control.inject(comments, fault)
    try:
        pages = [client.read(WAY, calls) for _ in range(curve.pages)]
    finally:
        injected = control.clear(comments)
    slow = sum(page.calls.longest >= curve.seconds for page in pages)
    return {
        "way": WAY.name,
        "share_of_calls": share,
        "calls": calls,
        "slow_by_ms": milliseconds(curve.seconds),
        "pages": len(pages),
        "slow": slow,
        "share": round(slow / len(pages), 4),
        "formula": round(formula(share, calls), 4),
        "met": injected.met,
        "injected": injected.struck,
        **summary([page.seconds for page in pages], 50, 95, 99),
    }
