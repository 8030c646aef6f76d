"""Matches moderators' rules against a text. Pure: no database, no framework.

Text and terms are compared as people read them: case, width, accents and invisible characters
make no difference. Look-alikes from other alphabets and words spelt with gaps ("o r a n g e") are
out of scope.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol


class Match(StrEnum):
    """Where in a text a term counts. Scripts without spaces between words want SUBSTRING."""

    WORD = "word"
    PREFIX = "prefix"
    SUBSTRING = "substring"


class Action(StrEnum):
    REJECT = "reject"
    HOLD = "hold"


class RuleLike(Protocol):
    """A row of the rules table, or anything like it, with the values of the enums."""

    @property
    def term(self) -> str: ...
    @property
    def match(self) -> str: ...
    @property
    def action(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rule that decided: its action, and its term as the moderator wrote it."""

    action: Action
    term: str
    match: Match


def judge(text: str, rules: Iterable[RuleLike]) -> Verdict | None:
    """The first rejecting rule that matches, else the first holding one, else None.

    A rule whose term is blank, or has nothing visible in it, never matches.
    Raises ValueError for a rule with an unknown match or action."""
    normalised = normalise(text)
    held: Verdict | None = None
    for rule in rules:
        verdict = Verdict(Action(rule.action), rule.term, Match(rule.match))
        if not matches(normalised, _normalised_term(rule.term), verdict.match):
            continue
        if verdict.action is Action.REJECT:
            return verdict
        held = held or verdict
    return held


def matches(text: str, term: str, match: Match) -> bool:
    """Whether a term occurs in a text, both normalised. Nothing here can backtrack. A boundary is
    required only where the term's own edge is a letter or digit: the word "c++" is found in "c++!"
    and the word ".example" in "spam.example"."""
    if not term or term not in text:
        return False
    if match is Match.SUBSTRING:
        return True
    start = text.find(term)
    while start >= 0:
        end = start + len(term)
        if not _inside_word(text, start) and (match is Match.PREFIX or not _inside_word(text, end)):
            return True
        start = text.find(term, start + 1)
    return False


def normalise(text: str) -> str:
    """The text with case, width, accents and invisible characters taken out and each run of white
    space made one space."""
    if not text.isascii():
        text = "".join(
            char for char in unicodedata.normalize("NFKD", text) if not _is_ornament(char)
        )
        text = unicodedata.normalize("NFC", text.casefold().translate(_DOTLESS))
    elif not text.isprintable():
        text = "".join(char for char in text if not _is_ornament(char))
    return " ".join(text.casefold().split())


_DOTLESS = str.maketrans({"ı": "i", "ȷ": "j"})
_VARIATION_SELECTORS = map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
_INVISIBLE = frozenset({*_VARIATION_SELECTORS, *_BLANK_LETTERS, *"\u034f\u180b\u180c\u180d\u180f"})


def _is_ornament(char: str) -> bool:
    """Whether a character may go without changing what a reader reads: accents, enclosing marks,
    whatever has no width. Marks that are vowels or another consonant in their script (Thai,
    Devanagari, kana) stay: their combining classes say so."""
    category = unicodedata.category(char)
    if category == "Mn":
        accent = unicodedata.combining(char)
        return accent == 1 or 10 <= accent <= 36 or accent >= 200 or char in _INVISIBLE
    if category == "Cc":
        return not char.isspace()
    return category in {"Cf", "Me"} or char in _INVISIBLE


def _inside_word(text: str, index: int) -> bool:
    """Whether the characters before and at the index are of one word: not in _so_."""
    return 0 < index < len(text) and _binds(text[index - 1]) and _binds(text[index])


def _binds(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


_normalised_term = lru_cache(maxsize=4096)(normalise)
