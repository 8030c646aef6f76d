"""The history of a run: every operation that a client sent, and how it completed."""

from dataclasses import dataclass
from enum import StrEnum


class F(StrEnum):
    """What an operation does. The value is the type of the event that records it."""

    CREATE_POST = "PostCreated"
    EDIT_POST = "PostUpdated"
    DELETE_POST = "PostDeleted"
    CREATE_COMMENT = "CommentCreated"
    MODERATE = "CommentModerated"
    DELETE_COMMENT = "CommentDeleted"


CREATIONS = (F.CREATE_POST, F.CREATE_COMMENT)
DELETIONS = (F.DELETE_POST, F.DELETE_COMMENT)


class Outcome(StrEnum):
    OK = "ok"  # it took effect
    FAIL = "fail"  # it did not take effect
    UNKNOWN = "unknown"  # it may have taken effect, or not (Jepsen's :info)


class Completion(StrEnum):
    """How the request of an operation ended, and so what is known of its effect."""

    SUCCESS = "2xx"
    REFUSED = "4xx"
    NO_CONNECTION = "no connection"  # so it was never sent
    SERVER_ERROR = "5xx"  # a connection may have been cut in the very moment of the commit
    NO_RESPONSE = "no response"  # the connection broke, or the timeout passed

    @property
    def outcome(self) -> Outcome:
        if self in (Completion.REFUSED, Completion.NO_CONNECTION):
            return Outcome.FAIL
        return Outcome.OK if self is Completion.SUCCESS else Outcome.UNKNOWN


@dataclass(frozen=True)
class Operation:
    """One request of a client, sent once and never again.

    ``process`` is the client's name. ``value`` is what identifies the event of the operation: a
    title (post, edit), an author (comment), a reason (decision), an id (deletion). ``target`` is
    the id of the post that is commented on or edited, of the comment that is moderated, or of what
    is deleted. ``status`` is the comment's that results from it; ``id`` that of what was created;
    ``code`` the response's (0 without one); ``at`` the seconds since the start of the run."""

    process: str
    f: F
    value: str
    completion: Completion = Completion.NO_RESPONSE
    target: str = ""
    content: str = ""
    status: str = ""
    id: str = ""
    code: int = 0
    at: float = 0.0

    @property
    def outcome(self) -> Outcome:
        return self.completion.outcome


class History(list[Operation]):
    """All operations in the order of their completion. Threads may share it: it is appended to, or
    copied, in one step."""

    def targets(self, created_by: F) -> list[str]:
        """The ids of the posts, or of the comments, that certainly exist and whose state is known:
        none that is deleted, and none with a change of unknown outcome."""
        operations = list(self)
        ok = [each for each in operations if each.outcome is Outcome.OK]
        unknown = [each for each in operations if each.outcome is Outcome.UNKNOWN]
        excluded = {each.target for each in ok if each.f in DELETIONS}
        excluded |= {each.target for each in unknown if each.f not in CREATIONS}
        created = [each for each in ok if each.f is created_by]
        return [each.id for each in created if not {each.id, each.target} & excluded]
