"""The code that each way needs, counted in the files as they are."""

import ast
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal, get_args

from config.processes.paths import BASE
from lab.lines import code_lines

Side = Literal["newcomer_past", "others_past", "newcomer_live", "others_live", "store"]
"""Who has the code: the new service, the others, or the event store; and whether it is there for
the past alone, or also needed for new events."""


@dataclass(frozen=True)
class Piece:
    """A file of the project, ``path``; or what it has by these ``names``: a class, a function, a
    constant, or each statement that is a call of this name (``Outbox.publish``)."""

    side: Side
    path: str
    names: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """Raises LookupError if the file does not have a name."""
        return count_lines((BASE / self.path).read_text(), *self.names)


LIVE = (
    Piece("newcomer_live", "query/handlers.py"),
    Piece("newcomer_live", "query/models.py", ("Checkpoint", "ParkedEvent")),
    Piece("others_live", "eventstore/contracts.py"),
    Piece("others_live", "eventstore/messaging.py"),
    Piece("others_live", "posts/models.py", ("Outbox",)),
    Piece("others_live", "posts/services.py", ("Outbox.publish", "_state")),
    Piece("others_live", "comments/models.py", ("Outbox",)),
    Piece("others_live", "comments/services.py", ("Outbox.publish", "_state")),
)
"""What any new service needs that handles new events, however it got the past. What carries the
events is not part of it: it may store them, or not."""


def count_code(pieces: tuple[Piece, ...]) -> dict[str, Any]:
    """Lines by side, and what was counted."""
    counted = [{**asdict(piece), "lines": piece.lines} for piece in (*pieces, *LIVE)]
    sums = {
        side: sum(piece["lines"] for piece in counted if piece["side"] == side)
        for side in get_args(Side)
    }
    return {**sums, "pieces": counted}


def count_lines(source: str, *names: str) -> int:
    """Lines of code of all of the source, or of what has these names. Raises LookupError."""
    if not names:
        return len(code_lines(source))
    named: set[int] = set()
    for name in names:
        lines = {line for node in _find(_parse(source), name) for line in _lines(node)}
        if not lines:
            raise LookupError(name)
        named |= lines
    return len(code_lines(source) & named)


_parse = cache(ast.parse)


def _find(module: ast.Module, name: str) -> Iterator[ast.stmt]:
    if "." in name:
        for node in ast.walk(module):
            match node:
                case ast.Expr(value=ast.Call(func=called)) if ast.unparse(called) == name:
                    yield node
    for node in module.body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() if node.name == name:
                yield node
            case ast.Assign() if name in map(ast.unparse, node.targets):
                yield node
            case ast.AnnAssign() if ast.unparse(node.target) == name:
                yield node


def _lines(node: ast.stmt) -> range:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or node.lineno) + 1)
