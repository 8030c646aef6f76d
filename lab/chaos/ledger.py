"""What was written, and how it was answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class What(StrEnum):
    """The value is the type of the event that says it."""

    POST = "PostCreated"
    EDIT = "PostUpdated"
    DELETE_POST = "PostDeleted"
    COMMENT = "CommentCreated"
    DECIDE = "CommentModerated"
    DELETE_COMMENT = "CommentDeleted"


DELETIONS = (What.DELETE_POST, What.DELETE_COMMENT)
CHANGES = (*DELETIONS, What.EDIT, What.DECIDE)


class Answer(StrEnum):
    """How a write was answered, and so what may have become of it."""

    HELD = "held"  # 2xx: it must be there
    REFUSED = "refused"  # 4xx: it must not be there
    FAILED = "failed"  # 5xx: a connection may have been cut in the very moment of the commit
    UNANSWERED = "unanswered"  # the connection broke, or nobody answered in time: nobody knows
    UNREACHED = "unreached"  # nobody listened, so it was never sent

    @property
    def open(self) -> bool:
        """Whether it may or may not be there."""
        return self in (Answer.FAILED, Answer.UNANSWERED)

    @property
    def possible(self) -> bool:
        """Whether it may be there."""
        return self.open or self is Answer.HELD


@dataclass(frozen=True)
class Write:
    """One request, sent once and never again.

    ``token`` is what its event is known by: a title (post, edit), an author (comment), a reason
    (decision), an id (deletion). ``about`` is the post of a comment or an edit, the comment of a
    decision, whatever is deleted. ``status`` is the comment's that follows from it; ``id`` what
    the answer named; ``code`` the answer's (0 where there was none), ``at`` the seconds since the
    run began.
    """

    what: What
    token: str
    answer: Answer
    about: str = ""
    status: str = ""
    id: str = ""
    code: int = 0
    at: float = 0.0


class Ledger:
    """All writes, in the order of their answers. Any thread may use it."""

    def __init__(self, writes: Iterable[Write] = ()) -> None:
        self._writes = list(writes)
        self._lock = Lock()

    def note(self, write: Write) -> Write:
        with self._lock:
            self._writes.append(write)
        return write

    def writes(self) -> list[Write]:
        with self._lock:
            return list(self._writes)

    def held(self, what: What) -> list[Write]:
        """The posts, or the comments, that were answered 2xx and that somebody may write about:
        none that is deleted, and none of which nobody knows what its last change became."""
        writes = self.writes()
        gone = {
            write.about
            for write in writes
            if (write.what in CHANGES and write.answer.open)
            or (write.what in DELETIONS and write.answer is Answer.HELD)
        }
        return [
            write
            for write in writes
            if write.what is what
            and write.answer is Answer.HELD
            and not {write.id, write.about} & gone
        ]
