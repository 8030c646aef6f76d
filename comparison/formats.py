"""Numbers as text, and sentences with numbers in them: the same on the page and in a terminal."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from string import Formatter
from typing import Any

CLOSE = 1.1  # up to this ratio, another run might order two times differently
UNBROKEN = "\N{NO-BREAK SPACE}"  # between a number and its unit: they stay on one line
UNKNOWN = "–"


def _if_known(text: Callable[[float], str]) -> Callable[[float | None], str]:
    @wraps(text)
    def written(value: float | None) -> str:
        return UNKNOWN if value is None else text(value)

    return written


@_if_known
def ms(value: float) -> str:
    """``3.4 ms``, ``120 ms``, ``2.4 s``."""
    if value >= 10_000:
        return f"{value / 1_000:,.0f}{UNBROKEN}s"
    return f"{plain(value / 1_000)}{UNBROKEN}s" if value >= 1_000 else f"{plain(value)}{UNBROKEN}ms"


@_if_known
def plain(value: float) -> str:
    """With two or three digits: ``0.43``, ``3.4``, ``120``, ``1,712``."""
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if value >= 1 else f"{value:.2f}"


@_if_known
def share(value: float) -> str:
    """``37 %``; 100 % is only all, and 0 % only nothing."""
    if 0 < value < 1:
        return f"{min(99.0, max(1.0, round(value * 100))):g}{UNBROKEN}%"
    return f"{value * 100:.0f}{UNBROKEN}%"


def times(ratio: float) -> str:
    """``1.4 times``, ``17 times``."""
    return f"{plain(round(ratio, 1)) if ratio < 10 else f'{ratio:,.0f}'} times"


@_if_known
def percent(value: float) -> str:
    """Of a value that is in percent already: ``2.6 %``."""
    return f"{plain(value)}{UNBROKEN}%"


@_if_known
def size(count: float) -> str:
    """Bytes: ``430 B``, ``12 kB``, ``86 MB``."""
    for unit, each in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= each:
            return f"{plain(count / each)}{UNBROKEN}{unit}"
    return f"{count:,.0f}{UNBROKEN}B"


def several(count: float, what: str) -> str:
    """``1 post``, ``20 posts``; of ``query|queries`` the second is the plural."""
    one, _, many = what.partition("|")
    return f"{plain(count)} {one if count == 1 else many or f'{one}s'}"


def among(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def low(title: str) -> str:
    """A title in the middle of a sentence."""
    return title[:1].lower() + title[1:]


def high(words: str) -> str:
    """Words at the beginning of one."""
    return words[:1].upper() + words[1:]


def extremes(times: Mapping[str, float]) -> str | None:
    """``from 1.7 ms (one join) to 23 ms (a loop)``, of times in ms by title."""
    if not times:
        return None
    best, worst = min(times, key=times.__getitem__), max(times, key=times.__getitem__)
    return f"from {ms(times[best])} ({low(best)}) to {ms(times[worst])} ({low(worst)})"


def ratio(value: float | None, to: float | None) -> float | None:
    """None where one of the two is unknown or 0."""
    return value / to if value and to else None


def alike(one: float, other: float) -> bool:
    return max(one, other) <= min(one, other) * CLOSE


SLOTS: dict[str, Callable[..., str]] = {
    each.__name__: each for each in (ms, plain, share, times, percent, size, low, high)
} | {"count": several, "list": among}


class _Unknown(Exception):
    """A slot has no value."""


class _SlotFormatter(Formatter):
    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        root, *attributes = field_name.split(".")
        value = kwargs.get(root)
        for name in attributes:
            value = getattr(value, name) if value is not None else None
        if value is None:
            raise _Unknown
        return value, root

    def format_field(self, value: Any, format_spec: str) -> Any:
        name, _, argument = format_spec.partition(" ")
        if name in SLOTS:
            return SLOTS[name](value, *filter(None, [argument]))
        return super().format_field(value, format_spec)


def sentences(templates: Sequence[str], values: Mapping[str, Any]) -> str:
    """The templates with their slots filled, as ``{posts:count post}`` or ``{cell.p50_ms:ms}``: a
    slot's format is one of ``SLOTS`` or Python's own.

    A template is left out where one of its values is None or not there; all are where the first is.
    """
    found: list[str] = []
    for template in templates:
        try:
            found.append(_SlotFormatter().vformat(template, (), values))
        except _Unknown:
            if not found:
                return ""
    return "".join(found)
