"""Reads source as code: without blank lines, comments and docstrings."""

import ast
import io
import re
import tokenize
from functools import cache
from pathlib import Path

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
HTML_COMMENT = re.compile(
    r"\{#.*?#\}|\{% *comment\b.*?%\}.*?\{% *endcomment *%\}|<!--.*?-->", re.DOTALL
)
WORD = re.compile(r"\w+")


def lines(path: Path) -> int:
    """How many lines of a Python file or a template have code on them."""
    source = path.read_text()
    if path.suffix != ".py":
        return _lines_with_text(_without_comments(source))
    numbers = {
        number
        for token in _tokens(source)
        for number in range(token.start[0], token.end[0] + 1)
        if token.line.strip()
    }
    # A string over several lines may have blank ones in it.
    all_lines = source.splitlines()
    return sum(bool(all_lines[number - 1].strip()) for number in numbers)


def words(path: Path) -> set[str]:
    """All words of the code: names, and what stands in strings."""
    source = path.read_text()
    if path.suffix != ".py":
        return set(WORD.findall(_without_comments(source)))
    return {word for token in _tokens(source) for word in WORD.findall(token.string)}


@cache  # a file is read for its lines and for its words
def _tokens(source: str) -> tuple[tokenize.TokenInfo, ...]:
    told = _docstrings(source)
    return tuple(
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in NO_CODE
        and not (token.type == tokenize.STRING and token.start[0] in told)
    )


def _docstrings(source: str) -> set[int]:
    """The lines in which strings begin that nobody uses: of modules, classes, functions and
    attributes."""
    return {
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _without_comments(html: str) -> str:
    return HTML_COMMENT.sub("", html)


def _lines_with_text(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())
