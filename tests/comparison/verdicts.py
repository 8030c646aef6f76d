"""The comparison's advice, of results made up for it."""

from typing import Any

from comparison.advice import Advice
from comparison.page import content
from tests.comparison import figures


def verdict(**parts: dict[str, Any]) -> dict[str, Advice]:
    """The advice by what to choose, of these results."""
    kept = {name: figures.run(results) for name, results in parts.items()}
    return {each.choose: each for each in content(kept).advice}


def plain(found: Advice) -> str:
    return found.because.replace("\N{NO-BREAK SPACE}", " ")
