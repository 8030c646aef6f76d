"""Rules, and whether they catch a text."""

from dataclasses import dataclass

from moderation.rules import Match, judge

WORD, PREFIX, SUBSTRING = Match.WORD, Match.PREFIX, Match.SUBSTRING


@dataclass(frozen=True)
class Rule:
    term: str
    match: str = "prefix"
    action: str = "reject"


def is_caught(text: str, term: str, match: Match) -> bool:
    return judge(text, [Rule(term, match)]) is not None
