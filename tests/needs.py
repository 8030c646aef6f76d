"""What tests need and may not find: servers, a browser."""

import os
from collections import Counter
from collections.abc import Iterable

import pytest

from lab.servers import find

NOT_FOUND = "was not found"
DISK = "a disk to fill up (as root on Linux)"


def need(name: str) -> str:
    """The URL of this server, such as "Redis". Skips the test at hand where it does not respond."""
    url = find(name)
    require(name, url)
    return url or ""


def require(name: str, found: object) -> None:
    """Skips the test at hand where ``found`` is false; the end of the run reports it by ``name``.
    With ``REQUIRE_SERVICES=1`` in the environment it fails instead."""
    if found:
        return
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} {NOT_FOUND}, and REQUIRE_SERVICES=1 is set", pytrace=False)
    pytest.skip(f"{name} {NOT_FOUND}")


def missing(skipped: Iterable[pytest.TestReport]) -> Counter[str]:
    """How many tests were skipped for want of what, by name."""
    reasons = (report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple))
    return Counter(
        reason.removeprefix("Skipped: ").removesuffix(f" {NOT_FOUND}")
        for reason in reasons
        if reason.endswith(NOT_FOUND)
    )
