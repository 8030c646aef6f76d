"""The monolith, run twice on the same data."""

import shutil
from collections.abc import Iterator

import pytest

from tests.running import Run, assert_gone


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The first run ever in its folder, ended by Ctrl+C."""
    with Run("run", tmp_path_factory.mktemp("first") / "var") as run:
        run.page = run.get("/").status_code
        run.interrupt()
        assert_gone(run.family)
    return run


@pytest.fixture(scope="module")
def monolith(first: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A second run on the same data, for tests that leave it as they found it."""
    var = shutil.copytree(first.var, tmp_path_factory.mktemp("second") / "var")
    with Run("run", var) as run:
        yield run


def line_of(text: str, word: str) -> str:
    [line] = [line for line in text.splitlines() if line.strip().startswith(word)]
    return line
