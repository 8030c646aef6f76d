"""The documents name files that exist: every relative link, and every path of the project."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BASE = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(BASE)
    for path in [*BASE.glob("*.md"), *BASE.glob("docs/**/*.md"), *BASE.glob("deploy/**/*.md")]
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)")
PATH = re.compile(
    r"`(?!tests/stats)((?:tests|docs|lab|config|web|eventstore|comparison)/[\w/.-]*)`"
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_and_path_exists(document: Path) -> None:
    assert list(_broken(document, (BASE / document).read_text())) == []


def test_a_broken_link_a_missing_heading_and_a_missing_path_are_found() -> None:
    text = "[a](docs/nothing.md) [b](docs/settings.md#nothing) `lab/nothing.py` [c](README.md)"
    broken = list(_broken(Path("README.md"), text))
    assert broken == ["docs/nothing.md", "docs/settings.md#nothing", "lab/nothing.py"]


def _broken(document: Path, text: str) -> Iterator[str]:
    text = FENCE.sub("", text)
    for target, heading in LINK.findall(text):
        path = BASE / document.parent / target if target else BASE / document
        if not path.exists() or (heading and heading not in _headings(path)):
            yield f"{target}{heading}"
    yield from (path for path in PATH.findall(text) if not (BASE / path).exists())


def _headings(path: Path) -> set[str]:
    """As GitHub names them in addresses."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.MULTILINE)
    return {"#" + re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
