"""Rules as CSV: in and out, all of a file or nothing; in the admin and on the command line."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from moderation.exchange import BadFile, Imported, export_rules, import_rules
from moderation.exchange import _guarded as guarded
from moderation.exchange import _unguarded as unguarded
from moderation.models import Rule
from tests.moderation.moderating import RULES

pytestmark = pytest.mark.django_db(databases="__all__")

HEADING = "kind,term,match,number,action,enabled"


def exported() -> str:
    return "".join(export_rules(Rule.objects.all()))


def known() -> set[tuple[Any, ...]]:
    names = ("kind", "term", "match", "number", "action", "enabled")
    return set(Rule.objects.values_list(*names))


def test_rules_come_in_as_they_went_out() -> None:
    Rule.objects.create(kind="links", number=3, action="hold")
    Rule.objects.create(kind="author", term='=HYPERLINK("x")', enabled=False)
    Rule.objects.create(kind="first", action="hold")
    Rule.objects.create(term='\'tis, "so"', match="substring")
    before, file = known(), exported()
    assert file.splitlines()[0] == HEADING
    assert import_rules(file.encode()) == Imported(0, 0, 5)
    Rule.objects.all().delete()
    assert import_rules(file.encode(), by="mo") == Imported(5, 0, 0)
    assert known() == before
    assert set(Rule.objects.values_list("added_by", flat=True)) == {"mo"}


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    for number, term in enumerate(("=1+1", "+1", "-1", "@a", "\ta", "＝1", "'=1")):
        Rule.objects.create(kind="author", term=f"{term}{number}")
    cells = [row["term"] for row in csv.DictReader(StringIO(exported()))]
    assert all(not cell.startswith(tuple("=+-@\t＝")) for cell in cells)
    assert "''=16" in cells


@given(st.text("'=+-@a\t"))
def test_a_guarded_cell_comes_back(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell


def test_a_rule_that_is_there_is_changed_and_none_is_removed() -> None:
    Rule.objects.create(kind="first", action="hold")
    file = "kind;term;match;action\nWords;ORANGE;prefix;hold\n;;;\nauthor;Bob;;\n"
    assert import_rules(f"\ufeff{file}".encode()) == Imported(1, 1, 0)
    assert known() == {
        ("words", "ORANGE", "prefix", None, "hold", True),
        ("author", "Bob", "word", None, "reject", True),
        ("first", "", "word", None, "hold", True),
    }


@pytest.mark.parametrize(
    ("file", "errors"),
    [
        ("", ["The file is empty."]),
        ("kind,colour\nwords,red", ["Line 1: “colour” is no column."]),
        ("term\nplum", ["Line 1: the column kind is missing"]),
        (
            f"{HEADING}\nwords,plum,,,,\nwords,,,,,\nlinks,,,0,,\nlinks,,,x,,\nodd,a,,,,\nfirst,,,,,maybe",
            [
                "Line 3: term: This field is required.",
                "Line 4: number: Ensure this value is greater than or equal to 1.",
                "Line 5: number: “x” value must be an integer.",
                "Line 6: kind: Value 'odd' is not a valid choice.",
                "Line 7: enabled: “maybe” is neither yes nor no.",
            ],
        ),
        (f'{HEADING}\nwords,"two\nlines",,,,\nauthor,,,,,', ["Line 4: term: This field"]),
        (f"{HEADING}\nwords,plum\nwords,PLÚM", ["Line 3: this rule is in line 2 already."]),
        (f"{HEADING}\nwords,a,b,c,d,e,f,g", ["Line 2: 8 cells, but 6 columns."]),
        (f'{HEADING}\nwords,"plum', ["Line 2: this is not CSV"]),
        (
            f"{HEADING}\nlinks,plum,,3,,\nwords,plum,,3,,",
            ["Line 2: term: A rule", "Line 3: number:"],
        ),
        (f"{HEADING}\nwords,{'x' * 101}", ["Line 2: term: Ensure this value has at most 100"]),
        (f"{HEADING}\nwords,a\x07b", ["Line 2: term: Control characters"]),
    ],
)
def test_each_error_has_its_line_and_nothing_is_imported(file: str, errors: list[str]) -> None:
    before = known()
    with pytest.raises(BadFile) as caught:
        import_rules(file.encode())
    for error, start in zip(caught.value.errors, errors, strict=True):
        assert error.startswith(start), error
    assert known() == before


def test_other_encodings_are_refused_by_line() -> None:
    with pytest.raises(BadFile, match="Line 2: this is not UTF-8"):
        import_rules(f"{HEADING}\nwords,Äpfel".encode("latin-1"))


# --- In the admin and on the command line


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_moderators_download_and_upload(moderator: Client) -> None:
    answer = moderator.get(f"{RULES}export/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rules.csv"'
    assert answer.content.decode() == f"\ufeff{HEADING}\r\nwords,orange,prefix,,reject,yes\r\n"
    file = SimpleUploadedFile("rules.csv", answer.content + b"author,Eve,,,,\r\n")
    done = moderator.post(f"{RULES}import/", {"file": file}, follow=True).content.decode()
    assert "Imported the rules: 1 added, 0 changed, 1 unchanged." in done
    bad = SimpleUploadedFile("rules.csv", f"{HEADING}\nwords,<b>,odd".encode())
    page = moderator.post(f"{RULES}import/", {"file": bad}).content.decode()
    assert "Line 2: match: Value &#x27;odd&#x27; is not a valid choice." in page
    assert "Nothing was imported." in page
    assert "This field is required" in moderator.post(f"{RULES}import/").content.decode()


def test_the_command_writes_a_file_and_reads_it(tmp_path: Path) -> None:
    file, out = tmp_path / "rules.csv", StringIO()
    call_command("rules", "export", str(file), stdout=out)
    assert out.getvalue() == f"Exported 1 rule to {file}.\n"
    Rule.objects.all().delete()
    call_command("rules", "import", str(file), stdout=out)
    assert out.getvalue().endswith("Imported the rules: 1 added, 0 changed, 0 unchanged.\n")
    assert known() == {("words", "orange", "prefix", None, "reject", True)}
    call_command("rules", "export", stdout=(out := StringIO()))
    assert out.getvalue().splitlines() == [HEADING, "words,orange,prefix,,reject,yes"]


def test_the_command_lists_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(f"{HEADING}\nwords,,,,,\nodd,a,,,,", encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        call_command("rules", "import", str(file), stderr=(err := StringIO()))
    assert "Line 2: term: This field is required." in err.getvalue()
    assert str(caught.value) == f"{file} has 2 errors: nothing was imported"
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match="No such file"):
        call_command("rules", "import", str(tmp_path / "none.csv"))
