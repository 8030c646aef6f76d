"""The comparison's page with results made up for it, and none of this machine's."""

from pathlib import Path
from typing import Any

import pytest

from comparison import results
from comparison.parts import PARTS
from tests.comparison import figures

NAMES = [part.name for part in PARTS]
PAGE = "/comparison/"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the repository's results would be; none of this machine's is in reach."""
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setattr(results, "KEPT", tmp_path / "kept.json")
    return tmp_path / "kept.json"


@pytest.fixture
def everything(kept: Path) -> None:
    results.store(kept, figures.everything())
