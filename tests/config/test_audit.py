"""What the audit says of the packages that we use."""

from pathlib import Path

from config.processes.paths import BASE
from tests.audit import FILES, Report, audited, loose

SOUND: Report = [{"name": "a", "version": "1", "vulns": []}]
SKIPPED: Report = [{"name": "a", "skip_reason": "Dependency not found"}]
HOLE = {"id": "CVE-1", "fix_versions": ["2", "3"], "aliases": [], "description": ""}
HOLED: Report = [{"name": "b", "version": "1", "vulns": [HOLE, {**HOLE, "fix_versions": []}]}]


def test_a_known_vulnerability_is_named_with_what_mends_it() -> None:
    found, said = audited({"pypi": SOUND + HOLED}.__getitem__)

    assert found == [
        "b 1 is vulnerable: CVE-1, mended in 2, 3",
        "b 1 is vulnerable: CVE-1, mended in no version yet",
    ]
    assert said == "2 packages audited, 2 vulnerabilities known."


def test_where_no_data_can_be_reached_it_does_not_say_that_all_is_well() -> None:
    nothing: Report = []
    for report in (nothing, SKIPPED):
        found, said = audited(dict.fromkeys(("pypi", "osv"), report).__getitem__)
        assert found == []
        assert said == "No data about vulnerabilities could be reached: nothing was audited."


def test_another_source_is_asked_for_what_one_does_not_know() -> None:
    known: dict[str, Report] = {"pypi": SKIPPED + HOLED, "osv": SOUND}
    assert audited(known.__getitem__)[1] == "2 packages audited, 2 vulnerabilities known."

    known = {"pypi": SKIPPED + HOLED, "osv": SKIPPED}
    assert audited(known.__getitem__)[1].endswith("Not audited: a.")


def test_every_requirement_is_pinned(tmp_path: Path) -> None:
    for name in FILES:
        assert loose(BASE / name) == []

    (tmp_path / "r.txt").write_text("-r other.txt\n# a==1\na==1 # why\nb[c]==1.2\nd\ne>=1\nf~=2\n")
    assert loose(tmp_path / "r.txt") == ["d", "e>=1", "f~=2"]
