"""The comparison's lab, started once: its processes, with a blog of 130 posts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from comparison.history.new_service import NewService, new_service
from comparison.lab import Lab
from comparison.reads.client import Client
from lab.stack import Stack

POSTS = 130  # more than one request gives


@pytest.fixture
def var(tmp_path: Path, settings: Any) -> Path:
    """The folder of a lab of the test's own."""
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with override_settings(VAR_DIR=tmp_path_factory.mktemp("lab")), Lab() as lab:
        yield lab


@pytest.fixture
def lab_stack(lab: Lab) -> Stack:
    return lab.reading(POSTS, exactly=True)


@pytest.fixture(scope="session")
def _new_service(lab: Lab) -> Iterator[NewService]:
    with new_service(lab, lab.reading(POSTS)) as service:
        yield service


@pytest.fixture
def added_service(lab_stack: Stack, _new_service: NewService) -> NewService:
    """A service that is added to the blog later."""
    return _new_service


@pytest.fixture
def reader(lab: Lab, lab_stack: Stack) -> Client:
    """Whoever wants a page."""
    return Client(lab.network, lab_stack.addresses)
