"""Rules in and out as CSV, for spreadsheets: all rules of a file, or none.

A cell that a spreadsheet would take for a formula begins with an apostrophe in the file.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from moderation.models import Rule, check_rule
from moderation.rules import digest
from moderation.services import ALIAS

COLUMNS = ("kind", "term", "match", "number", "action", "enabled")
MAX_RULES = 10_000  # in one file
MAX_ERRORS = 20  # that are shown
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # so that spreadsheets read UTF-8
YES, NO = ("yes", "true", "1"), ("no", "false", "0")
CHANGED = ("term", "action", "enabled")

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


class BadFile(ValueError):
    """Nothing of the file was imported. ``errors`` are lines of text, each with its place."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rules of a file were added, changed, and were there as they are in the file."""

    added: int
    changed: int
    unchanged: int

    def __str__(self) -> str:
        parts = f"{self.added:,} added", f"{self.changed:,} changed"
        return f"{', '.join(parts)}, {self.unchanged:,} unchanged"


def export_rules(rules: Iterable[Rule]) -> Iterator[str]:
    """The lines of the file."""
    for row in (COLUMNS, *map(_cells, rules)):
        line = StringIO()
        csv.writer(line).writerow(_guarded(cell) for cell in row)
        yield line.getvalue()


def import_rules(content: bytes, by: str = "") -> Imported:
    """Add the file's rules. One that matches the same as a rule that is there changes that one; no
    rule is removed. Raises BadFile."""
    rows, errors = _read(content), list[str]()
    found = dict[str, tuple[int, Rule]]()
    for line, row in rows:
        try:
            rule = _rule(row)
        except ValidationError as error:
            errors += (f"Line {line}: {text}" for text in _texts(error))
            continue
        key = digest(rule.identity)
        if key in found:
            errors.append(f"Line {line}: this rule is in line {found[key][0]} already.")
        found.setdefault(key, (line, rule))
    if errors:
        raise BadFile(errors)
    try:
        return _save({key: rule for key, (_, rule) in found.items()}, by)
    except IntegrityError:
        raise BadFile(
            ["Somebody else has added one of these rules meanwhile. Try again."]
        ) from None


def _save(rules: dict[str, Rule], by: str) -> Imported:
    with transaction.atomic(using=ALIAS):
        there = {rule.identity_digest: rule for rule in Rule.objects.select_for_update()}
        changed = 0
        for key in rules.keys() & there.keys():
            old, new = there[key], rules[key]
            if any(getattr(old, name) != getattr(new, name) for name in CHANGED):
                for name in CHANGED:
                    setattr(old, name, getattr(new, name))
                old.save()
                changed += 1
        added = [rule for key, rule in rules.items() if key not in there]
        for rule in added:
            rule.added_by = by
        Rule.objects.bulk_create(added, batch_size=500)
    return Imported(len(added), changed, len(rules) - len(added) - changed)


def _read(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The rows, each with its line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadFile([f"Line {line}: this is not UTF-8. Save the file as CSV in UTF-8."]) from None
    heading = text.partition("\n")[0]
    delimiter = ";" if ";" in heading else "\t" if "\t" in heading else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, line = list[tuple[int, dict[str, str]]](), 1
    names = list[str]()
    try:
        for cells in reader:
            if not names:
                names = _names(cells)
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(names):
                    raise BadFile([f"Line {line}: {len(cells)} cells, but {len(names)} columns."])
                rows.append((line, dict(zip(names, map(_unguarded, cells), strict=False))))
            if len(rows) > MAX_RULES:
                raise BadFile([f"Line {line}: a file has at most {MAX_RULES:,} rules."])
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFile([f"Line {line}: this is not CSV: {error}."]) from None
    if not names:
        raise BadFile(
            [f"The file is empty. Its first line names the columns: {', '.join(COLUMNS)}."]
        )
    return rows


def _names(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    unknown = [f"“{name}”" for name in names if name not in COLUMNS]
    columns = f"The columns are {', '.join(COLUMNS)}; all but kind may be left out."
    if unknown:
        raise BadFile([f"Line 1: {', '.join(unknown)} is no column. {columns}"])
    if "kind" not in names or len(set(names)) < len(names):
        raise BadFile(
            [f"Line 1: the column kind is missing, or a column is there twice. {columns}"]
        )
    return names


def _rule(row: dict[str, str]) -> Rule:
    """Raises ValidationError."""
    given = {name: cell.strip() for name, cell in row.items() if cell.strip()}
    rule = Rule(enabled=_enabled(given.pop("enabled", "yes")))
    for name, cell in given.items():
        field: Any = Rule._meta.get_field(name)
        try:
            value = field.clean(cell if name == "term" else cell.lower(), rule)
        except ValidationError as error:
            raise ValidationError({name: error}) from None
        setattr(rule, name, value)
    if not given.get("kind"):
        raise ValidationError({"kind": "This field is required."})
    check_rule(rule.kind, rule.term, rule.number)
    return rule


def _enabled(cell: str) -> bool:
    if cell.lower() not in (*YES, *NO):
        raise ValidationError({"enabled": f"“{cell}” is neither yes nor no."})
    return cell.lower() in YES


def _texts(error: ValidationError) -> Iterator[str]:
    for name, messages in error.message_dict.items():
        for message in messages:
            yield f"{name}: {message}"


def _cells(rule: Rule) -> tuple[str, ...]:
    match = rule.match if rule.kind == "words" else ""
    number = "" if rule.number is None else str(rule.number)
    return rule.kind, rule.term, match, number, rule.action, "yes" if rule.enabled else "no"


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
