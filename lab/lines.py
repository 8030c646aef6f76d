"""Counts lines of code: those that are not blank and no comment or docstring alone."""

import ast
import io
import re
import tokenize
from functools import cache
from pathlib import Path

WITHOUT_CODE = ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")
HTML_COMMENT = re.compile(r"(?s)\{#.*?#\}|\{% *comment\b.*?%\}.*?\{% *endcomment *%\}|<!--.*?-->")


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
        code = "\n".join(token.string for token in _tokens(path.read_text()))
    else:
        code = _template_code(path)
    return set(re.findall(r"\w+", code))


@cache  # a file is read for its lines and for its words
def _tokens(source: str) -> list[tokenize.TokenInfo]:
    docstrings = {  # of modules, classes, functions and attributes: the lines they begin on
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    return [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if tokenize.tok_name[token.type] not in WITHOUT_CODE
        and not (token.type == tokenize.STRING and token.start[0] in docstrings)
    ]


def _template_code(path: Path) -> str:
    return HTML_COMMENT.sub("", path.read_text())
