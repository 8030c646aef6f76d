"""Rules against texts: a table of cases, and what must hold for all of them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.rules import Action, Match, Verdict, judge, normalise
from tests.growth import assert_linear

WORD, PREFIX, SUBSTRING = Match.WORD, Match.PREFIX, Match.SUBSTRING


@dataclass(frozen=True)
class Rule:
    term: str
    match: str = "prefix"
    action: str = "reject"
    kind: str = "words"
    number: int | None = None


def is_caught(text: str, term: str, match: Match) -> bool:
    return judge(text, [Rule(term, match)]) is not None


CAUGHT = [
    ("orange", PREFIX, "orange"),
    ("orange", PREFIX, "Orange"),
    ("orange", PREFIX, "Two oranges, please"),
    ("orange", PREFIX, "ORANGE!"),
    ("orange", PREFIX, "(orange)"),
    ("orange", PREFIX, "blood-orange"),
    ("orange", PREFIX, "_orange_"),
    ("orange", PREFIX, "a storange orange"),
    ("orange", PREFIX, "\N{FULLWIDTH LATIN SMALL LETTER O}range"),
    ("orange", PREFIX, "𝓸𝓻𝓪𝓷𝓰𝓮"),
    ("orange", PREFIX, "ⓞrange"),
    ("orange", PREFIX, "o\N{ZERO WIDTH SPACE}range"),
    ("orange", PREFIX, "\N{ZERO WIDTH NO-BREAK SPACE}orange"),
    ("orange", PREFIX, "or\N{SOFT HYPHEN}ange"),
    ("orange", PREFIX, "o\N{COMBINING GRAPHEME JOINER}range"),
    ("orange", PREFIX, "o\N{HANGUL FILLER}range"),
    ("orange", PREFIX, "o\N{VARIATION SELECTOR-1}range"),
    ("orange", PREFIX, "\N{RIGHT-TO-LEFT OVERRIDE}orange"),
    ("orange", PREFIX, "o\x00range\x07"),
    ("orange", PREFIX, "oränge"),
    ("orange", PREFIX, "ora\N{COMBINING DIAERESIS}nge"),
    ("orange", PREFIX, "o̶r̴a̵n̷g̸e̶"),
    ("orange", PREFIX, "o\N{COMBINING ENCLOSING CIRCLE}range"),
    ("Orängé", PREFIX, "orange"),
    ("  orange\n", PREFIX, "orange"),
    ("istanbul", WORD, "İSTANBUL"),
    ("kiz", WORD, "KIZ kız"),
    ("kız", WORD, "kiz"),
    ("straße", WORD, "STRASSE"),
    ("σοφος", WORD, "ΣΟΦΟΣ σοφός"),
    ("ель", WORD, "Ёль ель"),
    ("orange", WORD, "an orange."),
    ("orange", WORD, "orange"),
    ("orange", WORD, "oranges or orange"),
    ("orange", WORD, "«orange»"),
    ("buy now", WORD, "Buy   now"),
    ("buy now", WORD, "buy\n\n now!"),
    ("buy\tnow", WORD, "buy\N{NO-BREAK SPACE}now"),
    ("buy now", PREFIX, "buy nowadays"),
    ("c++", WORD, "I like c++!"),
    ("c++", WORD, "C++11"),
    ("$$$", WORD, "win$$$now"),
    (".example", WORD, "spam.example"),
    ("don't", WORD, "DON'T"),
    ("a.b*c", WORD, "a.b*c"),
    ("🍊", WORD, "no🍊s"),
    ("orange", SUBSTRING, "storange"),
    ("range", SUBSTRING, "oranges"),
    ("中国", SUBSTRING, "我爱中国人"),
    ("が", SUBSTRING, "ありがとう"),
    ("हिन्दी", WORD, "हिन्दी में"),
]

PASSED = [
    ("orange", PREFIX, ""),
    ("orange", PREFIX, "storange"),
    ("orange", PREFIX, "1orange"),
    ("orange", PREFIX, "éorange"),
    ("orange", PREFIX, "жorange"),
    ("orange", PREFIX, "st\N{ZERO WIDTH SPACE}orange"),
    ("orange", PREFIX, "or ange"),
    ("orange", PREFIX, "apple"),
    ("orange", WORD, "oranges"),
    ("orange", WORD, "storange"),
    ("orange", WORD, "orangé1"),
    ("orange", WORD, "orange\N{COMBINING ACUTE ACCENT}s"),
    ("buy now", WORD, "buynow"),
    ("buy now", WORD, "buy nowadays"),
    ("c++", WORD, "c+"),
    ("c++", WORD, "objc++"),
    ("a.c", SUBSTRING, "abc"),
    (".*", SUBSTRING, "anything"),
    ("か", SUBSTRING, "ありがとう"),
    ("हिन्द", WORD, "हिन्दी"),
    ("हिन्दू", WORD, "हिन्दी"),
    ("", SUBSTRING, "anything"),
    (" \n", SUBSTRING, "any thing"),
    ("\N{ZERO WIDTH SPACE}", SUBSTRING, "any\N{ZERO WIDTH SPACE}thing"),
    ("\N{COMBINING ACUTE ACCENT}", SUBSTRING, "é"),
]


@pytest.mark.parametrize(("term", "match", "text"), CAUGHT)
def test_caught(term: str, match: Match, text: str) -> None:
    assert is_caught(text, term, match)


@pytest.mark.parametrize(("term", "match", "text"), PASSED)
def test_passed(term: str, match: Match, text: str) -> None:
    assert not is_caught(text, term, match)


def test_the_verdict_names_the_rule_as_it_was_written() -> None:
    rules = [Rule("apple"), Rule("ORANGE ", "word", "hold")]
    assert judge("an orange", rules) == Verdict(Action.HOLD, "ORANGE ", Match.WORD)


def test_no_rule_no_verdict() -> None:
    assert judge("an orange", []) is None


@pytest.mark.parametrize("text", ["apple pear", "pear apple"])
def test_a_rejecting_rule_goes_before_a_holding_one(text: str) -> None:
    hold, reject = Rule("apple", action="hold"), Rule("pear", action="reject")
    for rules in ([hold, reject], [reject, hold]):
        assert judge(text, rules) == Verdict(Action.REJECT, "pear", Match.PREFIX)


@pytest.mark.parametrize("action", ["reject", "hold"])
def test_of_equals_the_first_counts(action: str) -> None:
    rules = [Rule("pear", action=action), Rule("apple", action=action)]
    assert judge("apple pear", rules) == Verdict(Action(action), "pear", Match.PREFIX)


def test_a_rule_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="regex"):
        judge("text", [Rule("term", "regex")])


letters = st.text(st.characters(categories=["L", "N"]), min_size=1)
words = letters.filter(lambda word: normalise(word).isalnum())


@given(st.text(), st.text())
def test_a_term_is_found_in_itself_and_where_a_stricter_match_finds_it(a: str, b: str) -> None:
    text = f"{a} {b} {a}"
    if normalise(a):
        assert is_caught(text, a, WORD)
    for stricter, wider in ((WORD, PREFIX), (PREFIX, SUBSTRING)):
        assert not is_caught(a, b, stricter) or is_caught(a, b, wider)


@given(st.text())
def test_normal_form_is_stable(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(words, words)
def test_a_word_within_a_word_is_another_word(a: str, b: str) -> None:
    text = normalise(a + b)
    if text == normalise(a) + normalise(b) and text.count(normalise(b)) == 1:
        assert not is_caught(text, b, WORD)


@given(st.lists(st.builds(Rule, st.text(), st.sampled_from(Match), st.sampled_from(Action))))
def test_the_order_of_rules_never_turns_a_rejection_around(rules: list[Rule]) -> None:
    text = "".join(rule.term for rule in rules)
    there, back = judge(text, rules), judge(text, reversed(rules))
    assert (there and there.action) == (back and back.action)


HOSTILE_TEXTS: dict[str, Callable[[int], str]] = {
    "letters": lambda size: "a" * size,
    "words": lambda size: "a " * (size // 2),
    "letters, then the end of a term": lambda size: "a" * (size - 1) + "b",
    "accents": lambda size: "\u0301a" * (size // 2),
}


@pytest.mark.parametrize("match", list(Match))
@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_texts_are_judged_in_linear_time(text: Callable[[int], str], match: Match) -> None:
    rules = [Rule(term, match) for term in ("a" * 99 + "b", "a" * 50, "a " * 50, "(a+)+$")]
    assert_linear(lambda size: judge(text(size), rules), size=1_000)
