"""What tests need and may not find: servers, a browser."""

import os
from collections import Counter
from collections.abc import Iterable

import pytest

WANTING = "was not found"


def require(name: str, found: object) -> None:
    """Skip the test at hand where ``found`` is false, and say so by ``name`` (as in "Redis") at
    the end of the run. With ``REQUIRE_SERVICES=1`` in the environment it fails instead."""
    if found:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} {WANTING}, and REQUIRE_SERVICES=1 is set", pytrace=False)
    pytest.skip(f"{name} {WANTING}")


def wanting(skipped: Iterable[pytest.TestReport]) -> Counter[str]:
    """How many tests were skipped for want of what, by name."""
    reasons = (report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple))
    return Counter(
        reason.removeprefix("Skipped: ").removesuffix(f" {WANTING}")
        for reason in reasons
        if reason.endswith(WANTING)
    )
