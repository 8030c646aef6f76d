"""Counts lines of code: those that are not blank and no comment or docstring alone."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

WITHOUT_CODE = {
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


def count_lines(path: Path) -> int:
    """How many lines of a Python file or a template have code on them."""
    if path.suffix == ".py":
        return len(code_lines(path.read_text()))
    return sum(bool(line.strip()) for line in _template_code(path).splitlines())


def code_lines(source: str) -> set[int]:
    """The numbers of the lines of Python source that have code on them."""
    lines = source.splitlines()
    return {
        number
        for token in _tokens(source)
        for number in range(token.start[0], token.end[0] + 1)
        if lines[number - 1].strip()  # a string over several lines may have blank ones in it
    }


def code_words(path: Path) -> set[str]:
    """All words of the code of a Python file or a template: names, and those in strings."""
    if path.suffix == ".py":
        texts: Iterator[str] = (token.string for token in _tokens(path.read_text()))
    else:
        texts = iter([_template_code(path)])
    return {word for text in texts for word in WORD.findall(text)}


@cache  # a file is read for its lines and for its words
def _tokens(source: str) -> tuple[tokenize.TokenInfo, ...]:
    docstrings = _docstrings(source)
    return tuple(
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in WITHOUT_CODE
        and not (token.type == tokenize.STRING and token.start[0] in docstrings)
    )


def _docstrings(source: str) -> set[int]:
    """The first lines of strings that are statements: docstrings of modules, classes, functions
    and attributes."""
    return {
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _template_code(path: Path) -> str:
    return HTML_COMMENT.sub("", path.read_text())
