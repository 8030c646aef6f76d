"""What the commands show of the event store in a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, cast

from django.core.management.base import OutputWrapper
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from eventstore import store
from eventstore.consumer import consumers
from eventstore.lag import Lag

WIDTH = 160  # of what is written to a file or a pipe


def console(out: OutputWrapper) -> Console:
    """A console on a command's output."""
    out.ending = ""
    terminal = out.isatty()
    return Console(file=cast("IO[str]", out), highlight=False, width=None if terminal else WIDTH)


def consumer_table() -> Table:
    """Every consumer of this process: its events, its position, its lag."""
    table = Table(
        title=f"The log's head is at position {store.head_position():,}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("consumer", no_wrap=True)
    for name in ("position", "lag in events", "in seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("replay", no_wrap=True)
    table.add_column("listens to", overflow="fold")
    for name, consumer in sorted(consumers().items()):
        lag = Lag.of(consumer)
        table.add_row(
            name,
            f"{lag.position:,}",
            f"{lag.events:,}",
            f"{lag.seconds:.1f}",
            "no, it publishes" if consumer.publishes else "yes",
            ", ".join(sorted(consumer.handlers)),
        )
    return table


@contextmanager
def replay_progress(
    console: Console, name: str, until: int | None
) -> Iterator[Callable[[int, int], None]]:
    """A progress bar of positions, with events per second; silent where nobody watches."""
    bar = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.0f} events/s"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    total = store.head_position() if until is None else until
    with bar:
        task = bar.add_task(f"replaying into {name}", total=total, rate=0)
        replayed = 0

        def advance(events: int, position: int) -> None:
            nonlocal replayed
            replayed += events
            elapsed = bar.tasks[task].elapsed or 0
            bar.update(task, completed=position, rate=replayed / elapsed if elapsed else 0)

        yield advance
