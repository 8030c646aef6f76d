"""The code that each way needs, counted in the files as they are."""

import ast
from collections import Counter
from functools import cache

from msgspec.structs import replace

from comparison.history.results import Code, Piece
from comparison.history.ways import COMMENT, POST
from config.processes.paths import BASE
from lab.lines import code_lines

HERE = "comparison/history/ways.py"
REQUESTS = ("request_all", "pages", "save")

LIVE = (
    Piece("newcomer_live", "query/handlers.py"),
    Piece("newcomer_live", "query/models.py", ("Checkpoint", "ParkedEvent", "consumer")),
    Piece("others_live", "eventstore/contracts.py"),
    Piece("others_live", "eventstore/messaging.py"),
    Piece("others_live", "eventstore/outbox.py", ("NotInTransaction", "Outbox", "outboxes")),
    Piece("others_live", "eventstore/consumer.py", ("Checkpoint",)),
    Piece("others_live", "posts/models.py", ("Outbox",)),
    Piece("others_live", "posts/services.py", ("Outbox.publish", "_state")),
    Piece("others_live", "comments/models.py", ("Outbox",)),
    Piece("others_live", "comments/services.py", ("Outbox.publish", "_state")),
)
"""What any new service needs that handles new events, however it got the past. What carries the
events is not part of it: it may store them, or not."""

APIS = (
    Piece("others_past", "posts/api.py", ("PostSerializer", "PostList")),
    Piece("others_past", "comments/api.py", ("CommentSerializer", "CommentsView")),
    Piece("others_past", "web/pagination.py"),
    Piece("others_past", "web/readers.py", ("Reader", "_is_trusted")),
)
"""What the others must offer for the requests. Readers of the page use most of it too."""

RELAY = ("relay", "relay_quietly", "_RelayOnce", "_relay_batch", "_note_positions")
CONSUMER = ("Consumer", "consumers", "NotParked", "Progress", "Lag")
STORE = (
    *(Piece("store", f"eventstore/{name}.py") for name in ("models", "store", "rows", "parking")),
    Piece("store", "eventstore/outbox.py", RELAY),
    Piece("store", "eventstore/consumer.py", CONSUMER),
)
"""The event store and what reads it. None of it knows of the new service."""

PIECES = {
    "requests-per-post": (
        Piece("newcomer_past", HERE, (*REQUESTS, "lists_per_post")),
        *APIS,
        Piece("others_past", "comments/api.py", ("CommentsOfPost",)),
    ),
    "requests-batched": (
        Piece("newcomer_past", HERE, (*REQUESTS, "lists_of_batches")),
        *APIS,
        Piece("others_past", "comments/api.py", ("CommentsOfPosts",)),
    ),
    "direct": (Piece("newcomer_past", HERE, ("POST", "COMMENT", "read_table", "typed", "save")),),
    "events-caught-up": STORE,
    "events-replayed": (
        *STORE,
        Piece("store", "eventstore/rebuild.py"),
        Piece("store", "eventstore/staging.py"),
        Piece("store", "eventstore/management/commands/replay_events.py"),
    ),
}
"""By name of the way."""

COLUMNS = {
    "direct": [
        *(f"posts_post.{name}" for name in POST),
        *(f"comments_comment.{name}" for name in COMMENT),
    ]
}
"""Those of the others that a way depends on."""


def count_code(way: str) -> Code:
    pieces = [replace(piece, lines=lines_of(piece)) for piece in (*PIECES[way], *LIVE)]
    lines: Counter[str] = Counter()
    for piece in pieces:
        lines[piece.side] += piece.lines
    return Code(
        way=way,
        own_past=lines["newcomer_past"],
        others_past=lines["others_past"],
        own_live=lines["newcomer_live"],
        others_live=lines["others_live"],
        store=lines["store"],
        columns=COLUMNS.get(way, []),
        pieces=pieces,
    )


def lines_of(piece: Piece) -> int:
    return count_lines((BASE / piece.path).read_text(), *piece.names)


def count_lines(source: str, *names: str) -> int:
    """Lines of code of all of the source, or of what has these names. Raises LookupError."""
    if not names:
        return len(code_lines(source))
    return len(code_lines(source) & set().union(*(_lines(source, name) for name in names)))


def _lines(source: str, name: str) -> set[int]:
    """A call may be anywhere; anything else is looked for in the module alone."""
    module = _parse(source)
    nodes = ast.walk(module) if "." in name else module.body
    found: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.stmt) and _name(node) == name:
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            found.update(range(first, (node.end_lineno or node.lineno) + 1))
    if not found:
        raise LookupError(name)
    return found


_parse = cache(ast.parse)


def _name(statement: ast.stmt) -> str:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
        case ast.Expr(value=ast.Call(func=called)):
            return ast.unparse(called)
    return ""
