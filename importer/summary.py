"""What an import did, in numbers, and as a table for the terminal."""

from collections import Counter
from dataclasses import dataclass, field

from rich import box
from rich.table import Table


@dataclass
class Summary:
    posts: int = 0
    posts_there: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """Items that were skipped, by reason."""
    comments: Counter[str] = field(default_factory=Counter)
    """Comments that were imported, by status."""
    comments_there: int = 0
    comments_skipped: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    """Texts that were too long, by name."""


def table(summary: Summary) -> Table:
    """A row for each kind of result that occurred."""
    rows = Table("What", "Number", box=box.SIMPLE_HEAD, show_edge=False)
    rows.columns[1].justify = "right"
    rows.add_row("posts imported", str(summary.posts))
    _row(rows, "posts already there", summary.posts_there)
    _each(rows, "items skipped", summary.skipped)
    rows.add_row("comments imported", str(summary.comments.total()))
    _each(rows, "  of these", summary.comments)
    _row(rows, "comments already there", summary.comments_there)
    _each(rows, "comments skipped", summary.comments_skipped)
    _each(rows, "cut to their limit", summary.cut)
    return rows


def _row(rows: Table, what: str, number: int) -> None:
    if number:
        rows.add_row(what, str(number))


def _each(rows: Table, what: str, numbers: Counter[str]) -> None:
    for name, number in sorted(numbers.items()):
        rows.add_row(f"{what}: {name}", str(number))
