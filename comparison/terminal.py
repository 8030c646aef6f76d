"""The comparison in a terminal: what is shown while it runs, and its tables."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from comparison.results import About
from comparison.tables import Table

COLOURS = {"good": "green", "some": "yellow", "bad": "red"}


@contextmanager
def reporting(console: Console) -> Iterator[Callable[[str], None]]:
    """To show what is done: on a terminal one line that changes; elsewhere a line each."""
    if not console.is_terminal:
        yield lambda text: console.print(f"{text} …")
        return
    with console.status("") as status:
        yield lambda text: status.update(f"{text} …")


def heading(title: str, about: About) -> str:
    machine = f"{about.machine.short}, load {about.machine.load:g}"
    run = f"{about.date}, {machine}, {about.database}, {about.seconds:.0f} s"
    return f"\n[bold]{title}[/bold]\n{run}"


def rendered(table: Table) -> RichTable:
    made = RichTable(title=table.caption, title_justify="left", box=box.SIMPLE_HEAD)
    for number, heading in enumerate(table.headings):
        made.add_column(heading, justify="right" if number else "left", no_wrap=not number)
    for row in table.rows:
        cells = []
        for column in table.columns:
            tone, text = column.tone(row), escape(column.cell(row))
            cells.append(f"[{COLOURS[tone]}]{text}[/{COLOURS[tone]}]" if tone else text)
        made.add_row(*cells)
    return made
