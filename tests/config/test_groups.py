"""Tests that share what is slow to start stay together, in one of pytest-xdist's processes."""

import os
import re

import pytest

from config.processes.paths import BASE

pytestmark = pytest.mark.skipif(
    "PYTEST_XDIST_WORKER" not in os.environ, reason="there is one process alone"
)


@pytest.mark.xdist_group("together")
def test_a_group_is_one(request: pytest.FixtureRequest) -> None:
    """pytest-xdist groups by the name of a test. pytest 9.2 takes no other name from it, so that
    all that is shared was started twice, without a warning."""
    assert request.node.nodeid.endswith("@together")


@pytest.fixture
def served() -> None:
    """One that conftest groups by, without what it starts."""


@pytest.mark.usefixtures("served")
def test_who_uses_what_is_shared_is_in_its_group(request: pytest.FixtureRequest) -> None:
    """A hook of ours adds the group, and pytest-xdist has to come after it."""
    assert request.node.nodeid.endswith("@served")


def test_what_is_left_out_of_one_target_is_in_another_and_ci_runs_both() -> None:
    makefile, ci = (BASE / "Makefile").read_text(), (BASE / ".ci/run").read_text()
    recipes = r"^(.+): \.venv/\.dev\n\t\.venv/bin/python -m pytest .* -m (.+)$"
    selected = dict(re.findall(recipes, makefile, re.MULTILINE))
    assert selected == {"test": '"not stacks"', "test-stacks": "stacks"}
    assert re.search(r"for target in .* test test-stacks ", ci)
