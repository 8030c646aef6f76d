"""What must hold for all rules and all texts."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.rules import Action, Match, judge, normalise
from tests.growth import assert_linear
from tests.moderation.judging import PREFIX, SUBSTRING, WORD, Rule, is_caught

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
