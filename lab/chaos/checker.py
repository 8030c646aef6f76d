"""The checker: compares the history with the observed state. Pure: no I/O."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any, NamedTuple

from lab.chaos.history import DELETIONS, F, Operation, Outcome
from lab.chaos.state import Event, PagePost, State
from web.readers import APPROVED


class Anomaly(StrEnum):
    LOST = "lost"  # an operation was ok, and its effect is missing
    DUPLICATED = "duplicated"  # something is there twice, or took effect twice
    WRONG = "wrong"  # something is not as it was written, or should not be there
    ORDER = "order"  # the log has a gap, or an id twice
    UNFINISHED = "unfinished"  # events wait or are parked, or a rebuild gives something else


@dataclass(frozen=True)
class Finding:
    anomaly: Anomaly
    text: str


Findings = Iterator[tuple[Anomaly, str]]


def check(history: Sequence[Operation], state: State, lost: Sequence[Event] = ()) -> list[Finding]:
    """``lost``: the events that a rollback took out of the log. What they recorded has taken effect
    nevertheless, since their services publish it again."""
    expected = Expected(history, state.log, lost)
    of_writes = _operations(history, expected), _log(state.log, state.progress.head)
    of_views = _page(expected, state.page), _tables(expected, state.tables), _unfinished(state)
    return [Finding(*each) for each in chain(*of_writes, *of_views)]


class ExpectedComment(NamedTuple):
    post: str
    author: str
    status: str


class Expected:
    """The state to which the operations in the log lead: titles by post, comments by id.

    The log decides what an operation of unknown outcome did: if it is there, it counts as any
    other. Each post and comment is changed by one client alone, one change after the other."""

    def __init__(
        self, history: Iterable[Operation], log: Iterable[Event], lost: Iterable[Event] = ()
    ) -> None:
        self._subjects: dict[tuple[str, str], list[str]] = defaultdict(list)
        for event in log:
            self._subjects[event.type, event.value].append(event.subject)
        for event in lost:  # it may have been published again, as often as the log went back
            self._subjects[event.type, event.value] = [event.subject]
        self.posts: dict[str, str] = {}
        self.comments: dict[str, ExpectedComment] = {}
        for operation in history:
            if self.times(operation):
                self._apply(operation, self._subjects[operation.f, operation.value][-1])
        # A post may be commented on while it is being deleted: its comments go with it.
        for id_, comment in list(self.comments.items()):
            if comment.post not in self.posts:
                del self.comments[id_]

    def times(self, operation: Operation) -> int:
        """How often the operation is in the log. A deletion that failed is tried again, and it is
        the later one that the log then has."""
        if operation.f in DELETIONS and operation.outcome is Outcome.FAIL:
            return 0
        return len(self._subjects[operation.f, operation.value])

    def _apply(self, operation: Operation, subject: str) -> None:
        match operation.f:
            case F.CREATE_POST | F.EDIT_POST:
                self.posts[subject] = operation.value
            case F.CREATE_COMMENT:
                new = ExpectedComment(operation.target, operation.value, operation.status)
                self.comments[subject] = new
            case F.MODERATE:
                self.comments[subject] = self.comments[subject]._replace(status=operation.status)
            case F.DELETE_POST:
                self.posts.pop(subject, None)  # it may have been tried twice
            case F.DELETE_COMMENT:
                self.comments.pop(subject, None)


def _operations(history: Sequence[Operation], expected: Expected) -> Findings:
    """Each operation is in the log once if it was ok, never if it failed, and never twice."""
    if all(operation.outcome is not Outcome.OK for operation in history):
        yield Anomaly.UNFINISHED, "no operation was ok"
    for operation in history:
        times = expected.times(operation)
        name = f"{operation.f} {operation.value!r} ({operation.outcome})"
        if times > 1:
            yield Anomaly.DUPLICATED, f"{name} is in the log {times} times"
        elif operation.outcome is Outcome.OK and not times:
            yield Anomaly.LOST, f"{name} is not in the log"
        elif operation.outcome is Outcome.FAIL and times:
            yield Anomaly.WRONG, f"{name} is in the log"


def _log(log: Sequence[Event], head: int) -> Findings:
    """A service publishes what follows from an event once. Positions have no gaps."""
    effects = [(each.type, each.subject, each.causation_id) for each in log if each.causation_id]
    for (type_, subject, cause), times in _repeated(effects):
        yield Anomaly.DUPLICATED, f"{type_} of {subject} follows from {cause} {times} times"
    positions = [event.position for event in log]
    if positions != list(range(1, len(positions) + 1)):
        missing = sorted(set(range(1, max(positions) + 1)) - set(positions))
        yield Anomaly.ORDER, f"positions have gaps: {len(missing)} missing, first {missing[:5]}"
    if head != len(positions):
        yield Anomaly.ORDER, f"the head is at {head}, the log at {len(positions)}"
    for id_, times in _repeated(event.id for event in log):
        yield Anomaly.ORDER, f"the event {id_} is in the log {times} times"


def _page(expected: Expected, page: Sequence[PagePost] | None) -> Findings:
    if page is None:
        yield Anomaly.UNFINISHED, "the page does not respond"
        return
    comments = [(post.id, comment) for post in page for comment in post.comments]
    anchors = [anchor for post in page for anchor in post.anchors]
    yield from _presence("post", expected.posts, [post.id for post in page])
    yield from _presence("comment", expected.comments, [comment.id for _, comment in comments])
    listed = [id_ for id_, each in expected.comments.items() if each.status == APPROVED]
    yield from _presence("comment, in HTML,", listed, anchors)
    for post in page:
        if (title := expected.posts.get(post.id, post.title)) != post.title:
            yield Anomaly.WRONG, f"post {post.id} has the title {post.title!r}, not {title!r}"
    for post_id, shown in comments:
        right = expected.comments.get(shown.id)
        if right and right.status != APPROVED:
            right = right._replace(author="")  # the public reads nothing of it
        if right and right != (post_id, shown.author, shown.status):
            yield Anomaly.WRONG, f"comment {shown.id} is {shown}, not {right}"


def _presence(name: str, expected: Iterable[str], shown: Sequence[str]) -> Findings:
    ids = set(expected)
    for id_ in sorted(ids - set(shown)):
        yield Anomaly.LOST, f"{name} {id_} is not on the page"
    for id_, times in _repeated(shown):
        yield Anomaly.DUPLICATED, f"{name} {id_} is on the page {times} times"
    for id_ in sorted(set(shown) - ids):
        yield Anomaly.WRONG, f"{name} {id_} is on the page and should not be"


def _tables(expected: Expected, tables: Mapping[str, Mapping[str, str]]) -> Findings:
    statuses = {id_: comment.status for id_, comment in expected.comments.items()}
    for name, right in ("posts", expected.posts), ("comments", statuses), ("reviews", statuses):
        for id_ in sorted(right.keys() | tables[name].keys()):
            if (one := right.get(id_)) != (other := tables[name].get(id_)):
                yield Anomaly.WRONG, f"{name}: {id_} is {other!r}, not {one!r}"


def _unfinished(state: State) -> Findings:
    now = state.progress
    texts = {"waiting in the outbox": now.outboxes, "not handled": now.lag, "parked": now.parked}
    for text, counts in texts.items():
        for service, number in counts.items():
            if number:
                yield Anomaly.UNFINISHED, f"{service}: {number} events {text}"
    if not state.rebuilds:
        yield Anomaly.UNFINISHED, "the read model differs from one rebuilt from all events"


def _repeated(items: Iterable[Any]) -> list[tuple[Any, int]]:
    """Those that are there more than once, with how often."""
    return [(item, times) for item, times in Counter(items).items() if times > 1]
