"""Pieces of code that a way needs, and how many lines they have: counted in the files as they are.

A line counts where it has code: no blank one, no comment, no docstring.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from config.processes.paths import BASE

Side = Literal["newcomer_past", "others_past", "newcomer_live", "others_live", "store"]
"""Whose it is; and whether it is there for the past alone, or to hear what comes as well. What
stores the events is nobody's own."""

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Piece:
    """A file of the project, ``path``; or what it has by these ``names``: a class, a function, a
    value, and of a call (``Outbox.publish``) each statement that makes it."""

    side: Side
    path: str
    names: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """Raises LookupError where it has no such name."""
        source = _read(self.path)
        return len(source.code & source.of(*self.names) if self.names else source.code)


@dataclass(frozen=True)
class Source:
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def code(self) -> set[int]:
        """The numbers of the lines that have code."""
        lines = {
            line
            for token in tokenize.generate_tokens(io.StringIO(self.text).readline)
            if token.type not in NO_CODE
            for line in range(token.start[0], token.end[0] + 1)
        }
        # A string that stands alone says something to the reader.
        said = (each for each in self._statements() if _is_text(each))
        return lines - {line for each in said for line in _lines(each)}

    def of(self, *names: str) -> set[int]:
        """The numbers of the lines of what has these names. Raises LookupError."""
        found: set[int] = set()
        for name in names:
            lines = {line for each in self._named(name) for line in _lines(each)}
            if not lines:
                raise LookupError(name)
            found |= lines
        return found

    def _statements(self) -> Iterator[ast.stmt]:
        return (each for each in ast.walk(self.tree) if isinstance(each, ast.stmt))

    def _named(self, name: str) -> Iterator[ast.stmt]:
        if "." in name:
            yield from (each for each in self._statements() if _calls(each, name))
        for each in self.tree.body:
            match each:
                case ast.ClassDef() | ast.FunctionDef() if each.name == name:
                    yield each
                case ast.Assign() if name in map(ast.unparse, each.targets):
                    yield each
                case ast.AnnAssign() if ast.unparse(each.target) == name:
                    yield each


@cache
def _read(path: str) -> Source:
    return Source((BASE / path).read_text())


def _lines(node: ast.stmt) -> range:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _calls(node: ast.stmt, name: str) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == name
    )
