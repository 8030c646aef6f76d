"""The result of a run on one stack, and its report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from lab.chaos.checker import Anomaly, Finding
from lab.chaos.history import Completion, Operation

MAX_FINDINGS_SHOWN = 10


@dataclass(frozen=True)
class Result:
    """``injected`` and ``missed`` count faults by kind (see ``Nemesis``). ``in_log``: how many
    operations of each completion are in the log. ``settled``: seconds from the end of the last
    fault until nothing changed any more, None where that did not happen in time."""

    stack: str
    seconds: float
    injected: Mapping[str, int]
    missed: Mapping[str, int]
    history: Sequence[Operation]
    in_log: Mapping[Completion, int]
    events: int
    settled: float | None
    findings: Sequence[Finding]

    @property
    def passed(self) -> bool:
        return self.settled is not None and not self.findings

    def found(self, anomaly: Anomaly) -> int:
        return sum(finding.anomaly is anomaly for finding in self.findings)

    def completed(self, completion: Completion) -> int:
        return sum(operation.completion is completion for operation in self.history)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: with the whole history."""
        history = [{**asdict(each), "outcome": each.outcome} for each in self.history]
        return {**asdict(self), "history": history, "passed": self.passed}


def show(console: Console, results: Sequence[Result]) -> None:
    """The faults, the operations and the findings, a column for each stack."""
    faults, operations, checks = tables = [
        Table("", title=title, title_justify="left", box=box.SIMPLE_HEAD)
        for title in ("Faults injected", "Operations", "Check")
    ]
    for table in tables:
        table.columns[0].no_wrap = True
        for result in results:
            table.add_column(result.stack, justify="right", no_wrap=True)
    for kind in dict.fromkeys(kind for result in results for kind in result.injected):
        faults.add_row(kind, *(str(result.injected.get(kind, "")) for result in results))
    faults.add_section()
    faults.add_row("total", *(str(sum(result.injected.values())) for result in results))
    faults.add_row("seconds", *(f"{result.seconds:.0f}" for result in results))
    for completion in Completion:
        label = "ok" if completion is Completion.SUCCESS else f"{completion.outcome}: {completion}"
        operations.add_row(label, *(_in_log(result, completion) for result in results))
    checks.add_row("events in the log", *(f"{result.events}" for result in results))
    for anomaly in Anomaly:
        counts = [result.found(anomaly) for result in results]
        cells = (f"[{'red' if count else 'green'}]{count}[/]" for count in counts)
        checks.add_row(f"[bold]{anomaly}[/bold]", *cells)
    times = (result.settled for result in results)
    cells = ("[red]not in time[/red]" if time is None else f"{time:.1f} s" for time in times)
    checks.add_row("settled after the last fault", *cells)
    console.print(*tables, sep="\n")
    for result in results:
        _show_verdict(console, result)


def _show_verdict(console: Console, result: Result) -> None:
    word, style = ("passed", "green") if result.passed else ("failed", "red")
    console.print(
        f"{result.stack}: {sum(result.injected.values())} faults, "
        f"{result.completed(Completion.SUCCESS)} operations ok, "
        f"lost {result.found(Anomaly.LOST)}, duplicated {result.found(Anomaly.DUPLICATED)}: {word}",
        style=f"bold {style}",
    )
    lines = [f"{finding.anomaly}: {finding.text}" for finding in result.findings]
    if len(lines) > MAX_FINDINGS_SHOWN:
        lines[MAX_FINDINGS_SHOWN:] = [f"and {len(lines) - MAX_FINDINGS_SHOWN} more"]
    for line in lines:
        console.print(f"  {line}", style="red", markup=False)


def _in_log(result: Result, completion: Completion) -> str:
    total = result.completed(completion)
    return f"{total}, {result.in_log.get(completion, 0)} in the log" if total else ""
