"""What moderators read after a decision: what was done, and what was in its way."""

from collections.abc import Sequence

from moderation.models import NO_PERSONS, Review, Status

MAX_CONFLICTS_SHOWN = 5
Text = tuple[str, str]  # a message and its level
GONE = ("This comment was deleted meanwhile.", "WARNING")


def conflict_text(review: Review, status: Status, reason: str) -> str:
    """Both decisions: another person's, which stays, and the one that was not saved."""
    theirs = _decision_text(review.status, review.reason)
    yours = _decision_text(status, reason)
    if review.decided_by in NO_PERSONS:
        return (
            f"The comment of {review.author} was changed by its sender meanwhile. Your decision "
            f"was not saved: {yours}. Read the new text."
        )
    return (
        f"The comment of {review.author} was decided on meanwhile, by {review.decided_by}: "
        f"{theirs}. Your decision was not saved: {yours}. Decide again to replace theirs."
    )


def stays_text(review: Review) -> str:
    """Why a decision cannot be undone."""
    if review.status == Status.PENDING:
        return f"The comment of {review.author} was changed by its sender, and is pending."
    theirs = _decision_text(review.status, review.reason)
    return (
        f"The comment of {review.author} was decided on since, by {review.decided_by}: {theirs}. "
        "It stays so: nothing of it was undone."
    )


def first_of(conflicts: list[Text]) -> list[Text]:
    """The first of them, and how many more there are."""
    more = len(conflicts) - MAX_CONFLICTS_SHOWN
    text = f"{more:,} more had been decided on by others meanwhile, and stay so."
    return conflicts[:MAX_CONFLICTS_SHOWN] + ([(text, "ERROR")] if more > 0 else [])


def comments(reviews: Sequence[Review]) -> str:
    return "1 comment" if len(reviews) == 1 else f"{len(reviews):,} comments"


def _decision_text(status: str, reason: str) -> str:
    label = Status(status).label
    return f"{label} ({reason})" if reason else label
