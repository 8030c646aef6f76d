"""A line of code is neither blank nor a comment or a docstring alone."""

from pathlib import Path

import pytest

from lab.lines import code_words, count_lines

PYTHON = '''
"""A module,
and what it is for."""

import os  # a comment behind code

# A comment alone.
NAME = "content"
"""An attribute's docstring."""


class Thing:
    """What it is."""

    text: str = """two lines,

    one of them blank"""

    def author(self) -> str:
        """Who."""
        return (
            self.text
        )
'''
HTML = """
{# a comment #}
<p>{{ post.author }}</p>

<!-- another
     one -->
{% comment "why" %} content {% endcomment %}
<p>text</p>
"""


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.py", PYTHON, 9),
        ("a.html", HTML, 2),
        ("a.py", "", 0),
        ("a.py", '"""Only a docstring."""\n', 0),
        ("a.py", 'x = 1\n"not used"\ny = "used"\n', 2),
        ("a.py", "def f():\n    '''Doc.'''\n", 1),
        ("a.py", "x = [\n    1,\n\n    # why\n    2,\n]\n", 4),
    ],
)
def test_lines_are_those_with_code(tmp_path: Path, name: str, source: str, expected: int) -> None:
    path = tmp_path / name
    path.write_text(source)

    assert count_lines(path) == expected


def test_words_are_those_of_names_and_strings(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PYTHON)
    (tmp_path / "a.html").write_text(HTML)

    assert {"os", "content", "Thing", "text", "author", "blank"} <= code_words(tmp_path / "a.py")
    assert not {"module", "comment", "docstring", "Who"} & code_words(tmp_path / "a.py")
    assert {"author", "text"} <= code_words(tmp_path / "a.html")
    assert not {"comment", "content", "another"} & code_words(tmp_path / "a.html")
