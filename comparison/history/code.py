"""The code that each way needs (``code.toml``), counted in the files as they are."""

import ast
import tomllib
from collections import Counter
from pathlib import Path
from typing import get_args

from msgspec import convert
from msgspec.structs import replace

from comparison.history.results import Code, Piece, Side
from comparison.history.ways import COMMENT, POST
from config.processes.paths import BASE
from lab.lines import code_lines

TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
GROUPS = convert(TABLES["groups"], dict[str, list[Piece]])
PIECES = {
    way: [piece for group in groups for piece in GROUPS[group]]
    for way, groups in TABLES["ways"].items()
}
COLUMNS = {
    "direct": [f"posts_post.{name}" for name in POST]
    + [f"comments_comment.{name}" for name in COMMENT]
}
"""Those of the others that a way depends on."""


def count_code(way: str) -> Code:
    pieces = [replace(piece, lines=lines_of(piece)) for piece in PIECES[way]]
    lines = Counter(dict.fromkeys(get_args(Side), 0))
    for piece in pieces:
        lines[piece.side] += piece.lines
    return convert({"way": way, "columns": COLUMNS.get(way, []), "pieces": pieces, **lines}, Code)


def lines_of(piece: Piece) -> int:
    return count_lines((BASE / piece.path).read_text(), *piece.names)


def count_lines(source: str, *names: str) -> int:
    """Lines of code of all of the source, or of what has these names. Raises LookupError."""
    lines = code_lines(source)
    if names:
        module = ast.parse(source)
        lines &= set().union(*(_lines(module, name) for name in names))
    return len(lines)


def _lines(module: ast.Module, name: str) -> set[int]:
    """A call may be anywhere; anything else is looked for in the module alone."""
    found: set[int] = set()
    for node in ast.walk(module) if "." in name else module.body:
        if isinstance(node, ast.stmt) and _name(node) == name:
            first = min(each.lineno for each in (node, *getattr(node, "decorator_list", ())))
            found.update(range(first, (node.end_lineno or first) + 1))
    if not found:
        raise LookupError(name)
    return found


def _name(statement: ast.stmt) -> str:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
        case ast.Expr(value=ast.Call(func=called)):
            return ast.unparse(called)
    return ""
