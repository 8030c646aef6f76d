"""What must be on the page, by the writes that are in the log."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.chaos.ledger import DELETIONS, What, Write
from lab.chaos.seen import Event


@dataclass
class Comment:
    post: str
    author: str
    status: str


@dataclass
class Expected:
    """Titles by post, comments by id. ``said``: how often the log says each write."""

    posts: dict[str, str] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    said: Counter[tuple[str, str]] = field(default_factory=Counter)

    def times(self, write: Write) -> int:
        """How often the log says this write. A deletion that was never sent is tried again, and
        the log then says the later one."""
        if write.what in DELETIONS and not write.answer.possible:
            return 0
        return self.said[write.what, write.token]


def expected(writes: Iterable[Write], log: Iterable[Event]) -> Expected:
    """What became of a write that nobody answered is in the log; from there on it counts as any
    other. Each post and comment is changed by one writer alone, one change after the other."""
    expected = Expected()
    subjects: dict[tuple[str, str], str] = {}
    for event in log:
        expected.said[event.type, event.token] += 1
        subjects[event.type, event.token] = event.subject
    for write in writes:
        if expected.times(write):
            _follow(expected, write, subjects[write.what, write.token])
    # Somebody may have commented on a post while it was being deleted: it takes that with it.
    expected.comments = {
        id_: comment for id_, comment in expected.comments.items() if comment.post in expected.posts
    }
    return expected


def _follow(expected: Expected, write: Write, subject: str) -> None:
    match write.what:
        case What.POST | What.EDIT:
            expected.posts[subject] = write.token
        case What.DELETE_POST:
            expected.posts.pop(subject, None)  # it may be tried again where nobody listened
        case What.COMMENT:
            expected.comments[subject] = Comment(write.about, write.token, write.status)
        case What.DECIDE:
            expected.comments[subject].status = write.status
        case What.DELETE_COMMENT:
            expected.comments.pop(subject, None)
