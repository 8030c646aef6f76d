"""Moderation: it judges by the blog's own rules, and says what it has decided."""

from typing import NamedTuple

from comparison.delivery.small.service import Service, note
from eventstore.contracts import CommentCreated, CommentModerated, Contract
from moderation.rules import judge


class Rule(NamedTuple):
    term: str
    match: str
    action: str


RULES = (Rule("orange", "prefix", "reject"),)
"""What is there from the start, as in the blog."""


class Moderation(Service):
    name = "moderation"
    hears = (CommentCreated,)
    tables = """
        CREATE TABLE IF NOT EXISTS review (comment_id TEXT PRIMARY KEY, status TEXT NOT NULL);
    """

    def handle(self, event: Contract) -> CommentModerated | None:
        if not isinstance(event, CommentCreated):
            return None
        verdict = judge(event.content, RULES)
        decision = CommentModerated(
            comment_id=event.comment_id,
            post_id=event.post_id,
            status="rejected" if verdict else "approved",
            reason=f"the rule “{verdict.term}”" if verdict else "no rule matched",
            decided_by="filter",
        )
        with self.transaction() as database:
            note(database, event.comment_id, event.post_id)
            database.execute(
                "INSERT OR REPLACE INTO review (comment_id, status) VALUES (?, ?)",
                (str(event.comment_id), decision.status),
            )
        return decision
