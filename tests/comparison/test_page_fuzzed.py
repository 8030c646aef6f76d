"""Whatever stands in the file of results, the page of the comparison is made."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comparison import results
from comparison.page import content
from tests.comparison import figures
from tests.comparison.comparing import NAMES
from tests.comparison.comparing import kept as kept
from tests.pages import Page


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Of everything that stands anywhere in it."""
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in inside:
        yield (*path, key)
        yield from places(each, (*path, key))


EVERYTHING = {name: kept._asdict() for name, kept in figures.everything().items()}
PLACES = list(places(EVERYTHING))
GONE = object()
OTHERS: tuple[Any, ...] = (GONE, None, 0, -1, 0.0, 1e308, 1e-308, "x", [], {}, [[]], True)


@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(OTHERS)), min_size=1, max_size=3)
)
def test_whatever_is_missing_or_odd_in_the_file_the_page_is_made(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    touched = {path[0] for path, _ in changes}
    parts = json.loads(json.dumps({name: EVERYTHING[name] for name in touched}))
    for path, other in changes:
        put(parts, path, other)
    file = json.dumps({"schema": results.SCHEMA, "parts": parts})
    results.KEPT.write_text(file)

    made = content(results.load(), 5.0)

    assert [part.part.name for part in made.parts] == NAMES


def put(parts: Any, path: tuple[Any, ...], other: Any) -> None:
    """``other`` in this place, where there is still one."""
    *way, last = path
    for key in way:
        try:
            parts = parts[key]
        except (KeyError, IndexError, TypeError):
            return
    try:
        if other is GONE:
            del parts[last]
        else:
            parts[last] = other
    except (KeyError, IndexError, TypeError):
        return


def test_the_fuzz_has_somewhere_to_go() -> None:
    assert len(PLACES) > 1_000
    assert {path[0] for path in PLACES} == set(NAMES)
    assert Page("<p>one</p>").text == "one"
