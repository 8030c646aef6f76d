"""Results made up for the comparison; and its lab, started once: processes with a blog."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from comparison import results
from comparison.history.new_service import NewService, new_service
from comparison.lab import Lab
from comparison.reads.ways import Client
from lab.stack import Stack
from tests.comparison import figures

POSTS = 130  # more than one request gives


@pytest.fixture
def kept(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the repository's results would be; none of this machine's is in reach."""
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setattr(results, "KEPT", tmp_path / "kept.json")
    return tmp_path / "kept.json"


@pytest.fixture
def everything(kept: Path) -> None:
    """Results of every part are kept."""
    results.store(kept, figures.everything())


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with override_settings(VAR_DIR=tmp_path_factory.mktemp("lab")), Lab() as lab:
        yield lab


@pytest.fixture
def lab_stack(lab: Lab) -> Stack:
    return lab.reading(POSTS, exactly=True)


@pytest.fixture(scope="session")
def _new_service(lab: Lab) -> Iterator[NewService]:
    with new_service(lab.reading(POSTS)) as service:
        yield service


@pytest.fixture
def added_service(lab_stack: Stack, _new_service: NewService) -> NewService:
    """A service that is added to the blog later."""
    return _new_service


@pytest.fixture
def reader(lab: Lab, lab_stack: Stack) -> Client:
    return Client(lab.network, lab_stack.addresses)
