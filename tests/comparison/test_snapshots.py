"""The kept run is shown as the snapshots have it, on the page and on the terminal."""

import pytest

from tests.comparison import snapshots


@pytest.mark.parametrize("name", ["page.txt", "terminal.txt"])
def test_the_kept_run_is_shown_as_in_the_snapshot(name: str) -> None:
    assert snapshots.current()[name] == (snapshots.HERE / name).read_text(), (
        "what is shown has changed: if on purpose, run python -m tests.comparison.snapshots"
    )
