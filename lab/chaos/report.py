"""What a run came to, in the terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from lab.chaos.check import Flaw
from lab.chaos.ledger import Answer
from lab.chaos.result import Result

SHOWN = 10  # findings of a run
MEANING = {
    Answer.HELD: "answered 2xx: held",
    Answer.REFUSED: "answered 4xx",
    Answer.FAILED: "answered 5xx",
    Answer.UNANSWERED: "sent, and not answered",
    Answer.UNREACHED: "not sent: nobody listened",
}


def show(console: Console, results: Sequence[Result]) -> None:
    """The faults, the writes and the verdict, a column for each stack."""
    names = [result.stack for result in results]
    faults = _table("Faults injected", names)
    for kind in dict.fromkeys(kind for result in results for kind in result.injected):
        faults.add_row(kind, *(str(result.injected.get(kind, "")) for result in results))
    faults.add_section()
    faults.add_row("in all", *(str(sum(result.injected.values())) for result in results))
    faults.add_row("in seconds", *(f"{result.seconds:.0f}" for result in results))
    console.print(faults)
    writes = _table("Writes, and how many of them are there", names)
    for answer, meaning in MEANING.items():
        counts = ((result.answers[answer], result.there.get(answer, 0)) for result in results)
        writes.add_row(
            meaning, *(f"{all_}, {there} there" if all_ else "" for all_, there in counts)
        )
    console.print(writes)
    end = _table("Afterwards", names)
    end.add_row("events in the log", *(f"{result.events}" for result in results))
    for flaw in Flaw:
        end.add_row(f"[bold]{flaw}[/bold]", *(_count(result.count(flaw)) for result in results))
    end.add_row("came to rest after the last fault", *(_rest(result) for result in results))
    console.print(end)
    for result in results:
        _show_verdict(console, result)


def _show_verdict(console: Console, result: Result) -> None:
    word, style = ("good", "green") if result.good else ("not good", "red")
    console.print(
        f"{result.stack}: {sum(result.injected.values())} faults, {result.answers[Answer.HELD]} "
        f"writes held, lost {result.count(Flaw.LOST)}, double {result.count(Flaw.DOUBLE)}: {word}",
        style=f"bold {style}",
    )
    for finding in result.findings[:SHOWN]:
        console.print(f"  {finding.flaw}: {finding.what}", style="red", markup=False)
    if (more := len(result.findings) - SHOWN) > 0:
        console.print(f"  and {more} more", style="red", markup=False)


def _table(title: str, names: list[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _count(number: int) -> str:
    return f"[red]{number}[/red]" if number else "[green]0[/green]"


def _rest(result: Result) -> str:
    return "[red]not in time[/red]" if result.converged is None else f"{result.converged:.1f} s"
