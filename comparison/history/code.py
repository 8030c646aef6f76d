"""How much code each way needs, in the newcomer and in the others."""

from dataclasses import asdict
from typing import Any, get_args

from comparison.history.pieces import Piece, Side
from comparison.history.way import Way

LIVE = (
    Piece("newcomer_live", "query/handlers.py"),
    Piece("newcomer_live", "query/models.py", ("Checkpoint", "ParkedEvent")),
    Piece("others_live", "eventstore/contracts.py"),
    Piece("others_live", "eventstore/messaging.py"),
    Piece("others_live", "posts/models.py", ("Outbox",)),
    Piece("others_live", "posts/services.py", ("Outbox.publish", "_state")),
    Piece("others_live", "comments/models.py", ("Outbox",)),
    Piece("others_live", "comments/services.py", ("Outbox.publish", "_state")),
)
"""What any newcomer needs that goes on hearing what comes, however it got the past. What carries
the events there is not part of it: it may store them, or not."""


def code_of(way: Way) -> dict[str, Any]:
    """Lines by side, and what was counted."""
    pieces = [{**asdict(piece), "lines": piece.lines} for piece in (*way.code, *LIVE)]
    sums = {
        side: sum(piece["lines"] for piece in pieces if piece["side"] == side)
        for side in get_args(Side)
    }
    return {"way": way.name, **sums, "columns": list(way.columns), "pieces": pieces}
