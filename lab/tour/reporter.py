"""Prints the tour's steps and checks, on a terminal or into a pipe."""

from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule

T = TypeVar("T")

PIPE_WIDTH = 100  # of what goes to a file or a pipe
POLL_SECONDS = 0.1
MAX_VALUE_LENGTH = 300


class CheckFailed(Exception):
    """The message names the check, the expected and the actual value."""

    def __init__(self, check: str, expected: object, actual: object) -> None:
        expected, actual = _short(expected), _short(actual)
        super().__init__(f"the tour failed. {check}: expected {expected}, got {actual}")


class Reporter:
    """``check`` and ``await_`` check what they report."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = PIPE_WIDTH
        self._steps = 0

    def begin(self, text: str) -> None:
        self.console.print(f"[bold]{escape(text)}[/]")

    def step(self, title: str) -> None:
        self._steps += 1
        self.console.print()
        self.console.print(Rule(f"[bold]{self._steps}. {escape(title)}[/]", align="left"))

    def explain(self, text: str) -> None:
        self._print(escape(text), 2)

    def action(self, text: str, result: str = "") -> None:
        self._print(f"[cyan]{escape(text)}[/]{_result(result)}", 4)

    def output(self, text: str) -> None:
        """Of another command."""
        for line in text.splitlines():
            self._print(f"[dim]{escape(line)}[/]", 6)

    def check(self, text: str, actual: Any, expected: Any = True, result: str = "") -> None:
        """Raises CheckFailed unless ``actual`` is what is expected. ``result`` adds details."""
        if actual != expected:
            self._print(f"[bold red]✗[/] {escape(text)}", 4)
            raise CheckFailed(text, expected, actual)
        self._print(f"[green]✓[/] {escape(text)}{_result(result)}", 4)

    def await_(
        self, text: str, read: Callable[[], T], expected: T, timeout: float, final: Sequence[T] = ()
    ) -> None:
        """Waits until ``read`` returns what is expected. Raises CheckFailed after ``timeout``
        seconds, or when it returns a ``final`` value, which will not change any more."""
        end = monotonic() + timeout
        with self.console.status(f"waiting: {escape(text)}"):
            while (actual := read()) not in (expected, *final) and monotonic() < end:
                sleep(POLL_SECONDS)
        self.check(text, actual, expected)

    def _print(self, markup: str, indent: int) -> None:
        if self.console.is_terminal:
            self.console.print(Padding.indent(markup, indent))
        else:  # a line stays a line
            self.console.print(" " * indent + markup, soft_wrap=True)


def _result(text: str) -> str:
    return f" [dim]→[/] {escape(text)}" if text else ""


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= MAX_VALUE_LENGTH:
        return text
    return f"{text[:MAX_VALUE_LENGTH]}… ({len(text):,} characters)"
