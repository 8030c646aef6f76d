"""The code that each way needs, counted in the files as they are."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import msgspec

from comparison.history.results import Code, Piece
from config.processes.paths import BASE
from lab.lines import code_lines

LIVE = (
    Piece("newcomer_live", "query/handlers.py"),
    Piece("newcomer_live", "query/models.py", ("Checkpoint", "ParkedEvent", "consumer")),
    Piece("others_live", "eventstore/contracts.py"),
    Piece("others_live", "eventstore/messaging.py"),
    Piece("others_live", "eventstore/outbox.py", ("NotInTransaction", "Outbox", "outboxes")),
    Piece("others_live", "eventstore/consumer.py", ("Checkpoint",)),
    Piece("others_live", "posts/models.py", ("Outbox",)),
    Piece("others_live", "posts/services.py", ("Outbox.publish", "_state")),
    Piece("others_live", "comments/models.py", ("Outbox",)),
    Piece("others_live", "comments/services.py", ("Outbox.publish", "_state")),
)
"""What any new service needs that handles new events, however it got the past. What carries the
events is not part of it: it may store them, or not."""


def count_code(way: str, pieces: Iterable[Piece], columns: Sequence[str]) -> Code:
    counted = [msgspec.structs.replace(piece, lines=lines_of(piece)) for piece in (*pieces, *LIVE)]
    lines: Counter[str] = Counter()
    for piece in counted:
        lines[piece.side] += piece.lines
    return Code(
        way=way,
        own_past=lines["newcomer_past"],
        others_past=lines["others_past"],
        own_live=lines["newcomer_live"],
        others_live=lines["others_live"],
        store=lines["store"],
        columns=list(columns),
        pieces=counted,
    )


def lines_of(piece: Piece) -> int:
    """Raises LookupError if the file does not have a name."""
    return count_lines((BASE / piece.path).read_text(), *piece.names)


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
