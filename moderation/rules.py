"""Matches moderators' rules against a comment. Pure: no database, no framework.

Text and terms are compared as people read them: case, width, accents and invisible characters
make no difference. Look-alikes from other alphabets and words spelt with gaps ("o r a n g e") are
out of scope.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol, TypeVar

DIGEST_LENGTH = 32  # hexadecimal digits
ANONYMOUS = "Anonymous"  # the author of a comment without a name
MAX_LABEL_LENGTH = 100


class Kind(StrEnum):
    """What a rule looks at."""

    WORDS = "words"
    LINKS = "links"
    FIRST = "first"
    AUTHOR = "author"
    LENGTH = "length"


HAS_TERM = {Kind.WORDS, Kind.AUTHOR}
HAS_NUMBER = {Kind.LINKS, Kind.LENGTH}


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
    def kind(self) -> str: ...
    @property
    def term(self) -> str:
        """The words, or the author."""

    @property
    def match(self) -> str:
        """Of words alone."""

    @property
    def number(self) -> int | None:
        """Of links, the fewest that match; of characters, the most that do not."""

    @property
    def action(self) -> str: ...


R = TypeVar("R", bound=RuleLike)


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules of other kinds than words look at."""

    author: str = ""
    links: int = 0
    length: int = 0
    """In characters."""
    is_first: Callable[[], bool] = lambda: False
    """Whether no comment of this author was approved before. Called only if a rule needs it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rule that decided: its action, and its term as the moderator wrote it."""

    action: Action
    term: str = ""
    match: Match = Match.WORD
    kind: Kind = Kind.WORDS
    number: int | None = None

    @property
    def label(self) -> str:
        return label(self)

    @property
    def reason(self) -> str:
        """Why a comment is rejected or held."""
        rule = f"the rule “{self.label}”"
        return rule if self.action is Action.REJECT else f"held by {rule}"


def judge(text: str, rules: Iterable[RuleLike]) -> Verdict | None:
    """As ``judge_all``, over one text."""
    return judge_all((text,), rules)


def judge_all(
    texts: Sequence[str], rules: Iterable[RuleLike], facts: Facts | None = None
) -> Verdict | None:
    """The first rejecting rule that matches, else the first holding one, else None."""
    held: RuleLike | None = None
    for rule in matching(texts, rules, facts):
        if rule.action == Action.REJECT:
            return _verdict(rule)
        held = held or rule
    return _verdict(held) if held else None


def matching(texts: Iterable[str], rules: Iterable[R], facts: Facts | None = None) -> Iterator[R]:
    """The rules that match. Words are looked for in each text on its own, so that no term matches
    across two. A rule whose term is blank, or has nothing visible in it, never matches.
    Raises ValueError for a rule with an unknown kind, match or action."""
    facts = facts or Facts()
    normalised = [normalise(text) for text in texts]
    author = normalise(facts.author)
    for rule in rules:
        kind, _ = Kind(rule.kind), Action(rule.action)
        if kind is Kind.WORDS:
            term, match = _normalised_term(rule.term), Match(rule.match)
            is_match = any(matches(text, term, match) for text in normalised)
        elif kind is Kind.AUTHOR:
            is_match = bool(author) and author == _normalised_term(rule.term)
        elif kind is Kind.LINKS:
            is_match = facts.links >= (rule.number or 1)
        elif kind is Kind.LENGTH:
            is_match = facts.length > (rule.number or 0)
        else:
            is_match = facts.is_first()
        if is_match:
            yield rule


def _verdict(rule: RuleLike) -> Verdict:
    kind, action, match = Kind(rule.kind), Action(rule.action), Match(rule.match)
    return Verdict(action, rule.term, match, kind, rule.number)


def label(rule: RuleLike) -> str:
    """A rule's name, in a comment's reason: its term, or what it looks at."""
    number = rule.number or 0
    if rule.kind == Kind.LINKS:
        return "a link" if number == 1 else f"{number:,} links or more"
    if rule.kind == Kind.LENGTH:
        return f"longer than {number:,} characters"
    if rule.kind == Kind.FIRST:
        return "first comment of its author"
    return f"author {rule.term}"[:MAX_LABEL_LENGTH] if rule.kind == Kind.AUTHOR else rule.term


def identity(rule: RuleLike) -> str:
    """What two rules have in common that match the same comments, whatever each does then."""
    match = f" {rule.match}" if rule.kind == Kind.WORDS else ""
    term = normalise(rule.term) if rule.kind in HAS_TERM else ""
    return f"{rule.kind}{match} {rule.number if rule.kind in HAS_NUMBER else ''} {term}"


def matches(text: str, term: str, match: Match) -> bool:
    """Whether a term occurs in a text, both normalised."""
    return any(True for _ in occurrences(text, term, match))


def occurrences(text: str, term: str, match: Match) -> Iterator[int]:
    """Where a term begins in a text, both normalised. Nothing here can backtrack. A boundary is
    required only where the term's own edge is a letter or digit: the word "c++" is found in "c++!"
    and the word ".example" in "spam.example"."""
    start = text.find(term) if term else -1
    while start >= 0:
        end = start + len(term)
        is_whole = match is Match.PREFIX or not _inside_word(text, end)
        if match is Match.SUBSTRING or (is_whole and not _inside_word(text, start)):
            yield start
        start = text.find(term, start + 1)


def spans(text: str, term: str, match: Match) -> list[tuple[int, int]]:
    """Where a term is in a text as it was written: beginnings and ends, in order, apart from each
    other."""
    term = _normalised_term(term)
    if not matches(normalise(text), term, match):
        return []
    normalised, places = _aligned(text)
    found = list[tuple[int, int]]()
    for start in occurrences(normalised, term, match):
        begin, end = places[start][0], places[start + len(term) - 1][1]
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def digest(text: str) -> str:
    """The same for texts that are read the same."""
    return blake2b(
        normalise(text).encode(errors="replace"), digest_size=DIGEST_LENGTH // 2
    ).hexdigest()


def normalise(text: str) -> str:
    """The text with case, width, accents and invisible characters taken out and each run of white
    space made one space."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", _folded(text))
    elif not text.isprintable():
        text = "".join(char for char in text if not _is_ornament(char))
    return " ".join(text.casefold().split())


def _folded(text: str) -> str:
    """Decomposed, without ornaments and case."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(char for char in decomposed if not _is_ornament(char))
    return kept.casefold().translate(_DOTLESS)


def _aligned(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text normalised, and for each character of that where in the text it comes from. What
    normalising may join, as a letter and its accent, has one place."""
    groups = list[list[int]]()  # [begin, end) in the text
    pieces = list[str]()
    for index, char in enumerate(text):
        is_plain = char.isascii() and char.isprintable()
        piece = char.lower() if is_plain else _folded(char)
        if pieces and (not piece or _joins(pieces[-1], piece)):
            pieces[-1] += piece
            groups[-1][1] = index + 1
        else:
            pieces.append(piece)
            groups.append([index, index + 1])
    normalised, places = list[str](), list[tuple[int, int]]()
    for piece, (begin, end) in zip(pieces, groups, strict=True):
        composed = piece if piece.isascii() else unicodedata.normalize("NFC", piece).casefold()
        for char in composed:
            is_space = char.isspace()
            if is_space and (not normalised or normalised[-1] == " "):
                continue
            normalised.append(" " if is_space else char)
            places.append((begin, end))
    if normalised and normalised[-1] == " ":
        del normalised[-1], places[-1]
    return "".join(normalised), places


def _joins(before: str, piece: str) -> bool:
    """Whether a piece belongs to what stands before it: as an accent, or as Hangul's vowels do."""
    if before == "" or unicodedata.combining(piece[0]):
        return True
    if piece[0].isascii():
        return False
    tail = before[-3:]
    apart = unicodedata.normalize("NFC", tail) + unicodedata.normalize("NFC", piece)
    return unicodedata.normalize("NFC", tail + piece) != apart


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
