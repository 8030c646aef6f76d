"""However the processes end, none is left, and the reason is said."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Run, assert_gone

pytestmark = pytest.mark.xdist_group("processes")  # two at a time would only be slower


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Run]:
    with Run("run", tmp_path / "var") as run:
        yield run


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans by itself")
@pytest.mark.parametrize("victims", ["the command", "supervisord", "both"])
def test_a_sudden_death_leaves_no_orphan(doomed: Run, victims: str) -> None:
    [supervisord] = doomed.process.children()
    if victims in ("the command", "both"):
        doomed.process.kill()
    if victims in ("supervisord", "both"):
        supervisord.kill()

    assert_gone(doomed.family)
    if victims == "supervisord":
        assert doomed.process.wait() == 1
        assert "hindsight: supervisord died, so everything was stopped" in doomed.output


def test_a_process_that_keeps_failing_is_named_with_the_end_of_its_log(
    tmp_path: Path,
) -> None:
    with Run("run", tmp_path / "var", {"GRANIAN_LOG_LEVEL": "nonsense"}) as run:
        assert run.process.wait() == 1
        assert "hindsight: web keeps failing" in run.output
        assert "'nonsense' is not one of" in run.output
        assert "Traceback" not in run.output
        assert_gone(run.family)
