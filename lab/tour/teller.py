"""What the demo says on the terminal, or into a pipe."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule

from lab.tour.waiting import until

Seen = TypeVar("Seen")

WIDTH = 100  # of what goes to a file or a pipe


class Failed(Exception):
    """A check failed: what was to be seen, and what was seen instead."""

    def __init__(self, what: str, expected: object, seen: object) -> None:
        super().__init__(f"{what}: expected {_short(expected)}, saw {_short(seen)}")


class Teller:
    """Tells what is done and seen. ``see`` and ``await_`` check as they tell."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = WIDTH
        self._steps = 0

    def begin(self, text: str) -> None:
        self.console.print(f"[bold]{escape(text)}[/]")

    def step(self, text: str) -> None:
        self._steps += 1
        self.console.print()
        self.console.print(Rule(f"[bold]{self._steps}. {escape(text)}[/]", align="left"))

    def say(self, text: str) -> None:
        self._print(escape(text), 2)

    def do(self, text: str, result: str = "") -> None:
        """An action, and what it answered."""
        self._print(f"[cyan]{escape(text)}[/]{_result(result)}", 4)

    def quote(self, text: str) -> None:
        """What another command said."""
        for line in text.splitlines():
            self._print(f"[dim]{escape(line)}[/]", 6)

    def see(self, what: str, seen: Any, expected: Any = True, result: str = "") -> None:
        """Raises Failed unless `seen` is what was expected. `result` tells more of it."""
        if seen != expected:
            self._print(f"[bold red]✗[/] {escape(what)}", 4)
            raise Failed(what, expected, seen)
        self._print(f"[green]✓[/] {escape(what)}{_result(result)}", 4)

    def await_(
        self,
        what: str,
        look: Callable[[], Seen],
        expected: Seen,
        seconds: float,
        final: Collection[Seen] = (),
    ) -> None:
        """Waits until `look` gives what is expected. Raises Failed when time is up, or when it
        gives something `final`, which will not change any more."""
        with self.console.status(f"waiting: {escape(what)}"):
            seen = until(look, lambda value: value == expected or value in final, seconds)
        self.see(what, seen, expected)

    def fail(self, text: str) -> None:
        self.console.print(f"[bold red]hindsight:[/] {escape(text)}", soft_wrap=True)

    def _print(self, markup: str, indent: int) -> None:
        if self.console.is_terminal:
            self.console.print(Padding.indent(markup, indent))
        else:  # a line stays a line
            self.console.print(" " * indent + markup, soft_wrap=True)


def _result(text: str) -> str:
    return f" [dim]→[/] {escape(text)}" if text else ""


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 300 else f"{text[:300]}… ({len(text):,} characters)"
