"""Tests that share what is slow to start stay together, in one of pytest-xdist's processes."""

import os

import pytest


@pytest.mark.xdist_group("together")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="there is one process alone")
def test_a_group_is_one(request: pytest.FixtureRequest) -> None:
    """pytest-xdist groups by the name of a test. pytest 9.2 takes no other name from it, so that
    all that is shared was started twice, and nobody was told."""
    assert request.node.nodeid.endswith("@together")
