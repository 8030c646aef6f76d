"""Whether anything is lost, double or wrong: pure, from what was answered and what is there."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab.chaos.expected import Expected, expected
from lab.chaos.ledger import Answer, Write
from lab.chaos.seen import Event, Seen, ShownPost


class Flaw(StrEnum):
    LOST = "lost"  # it was answered 2xx, and is not there
    DOUBLE = "double"  # it is there twice, or took effect twice
    WRONG = "wrong"  # it is not as it was written, or should not be there
    ORDER = "order"  # the log has a gap, or an id twice
    UNDONE = "undone"  # something waits, is parked, or differs from a replay


@dataclass(frozen=True)
class Finding:
    flaw: Flaw
    what: str


def check(writes: Sequence[Write], seen: Seen) -> list[Finding]:
    should = expected(writes, seen.log)
    return [
        Finding(flaw, what)
        for flaw, what in (
            *_said(writes, should),
            *_once(seen.log),
            *_in_order(seen),
            *_on_the_page(should, seen.page),
            *_in_the_tables(should, seen),
            *_at_rest(seen),
            *_anything(writes),
        )
    ]


Found = Iterator[tuple[Flaw, str]]


def _said(writes: Iterable[Write], should: Expected) -> Found:
    """Each write is in the log once, if it was answered, and never twice."""
    for write in writes:
        times, name = should.times(write), f"{write.what} {write.token!r} ({write.answer})"
        if times > 1:
            yield Flaw.DOUBLE, f"{name} is in the log {times} times"
        elif write.answer is Answer.HELD and not times:
            yield Flaw.LOST, f"{name} is not in the log"
        elif times and not write.answer.possible:
            yield Flaw.WRONG, f"{name} is in the log all the same"


def _once(log: Iterable[Event]) -> Found:
    """What a service says about an event, it says once."""
    effects = Counter(
        (event.type, event.subject, event.causation_id) for event in log if event.causation_id
    )
    for (type_, subject, cause), times in effects.items():
        if times > 1:
            yield Flaw.DOUBLE, f"{type_} of {subject} follows from {cause} {times} times"


def _in_order(seen: Seen) -> Found:
    positions = [event.position for event in seen.log]
    if positions != list(range(1, len(positions) + 1)):
        missing = sorted(set(range(1, max(positions) + 1)) - set(positions))
        yield Flaw.ORDER, f"positions are not gapless: {missing[:5]} of {len(missing)} missing"
    if seen.progress.head != len(positions):
        yield Flaw.ORDER, f"the head is at {seen.progress.head}, the log at {len(positions)}"
    for id_, times in Counter(event.id for event in seen.log).items():
        if times > 1:
            yield Flaw.ORDER, f"the event {id_} is in the log {times} times"


def _on_the_page(should: Expected, page: Sequence[ShownPost] | None) -> Found:
    if page is None:
        yield Flaw.UNDONE, "the page does not answer"
        return
    posts = Counter(post.id for post in page)
    yield from _counted("post", should.posts, posts)
    comments = Counter(comment.id for post in page for comment in post.comments)
    yield from _counted("comment", should.comments, comments)
    anchors = Counter(anchor for post in page for anchor in post.anchors)
    yield from _counted("comment, in HTML,", should.comments, anchors)
    for post in page:
        if (title := should.posts.get(post.id, post.title)) != post.title:
            yield Flaw.WRONG, f"post {post.id} is called {post.title!r}, not {title!r}"
        for shown in post.comments:
            right = should.comments.get(shown.id)
            if right and (post.id, shown.author, shown.status) != (
                right.post,
                right.author,
                right.status,
            ):
                yield Flaw.WRONG, f"comment {shown.id} is {shown}, not {right}"


def _counted(name: str, right: Iterable[str], there: Counter[str]) -> Found:
    should = set(right)
    for id_ in sorted(should):
        if not there[id_]:
            yield Flaw.LOST, f"{name} {id_} is not on the page"
    for id_, times in there.items():
        if times > 1:
            yield Flaw.DOUBLE, f"{name} {id_} is on the page {times} times"
        if id_ not in should:
            yield Flaw.WRONG, f"{name} {id_} is on the page and should not be"


def _in_the_tables(should: Expected, seen: Seen) -> Found:
    statuses = {id_: comment.status for id_, comment in should.comments.items()}
    for table, right, there in (
        ("posts", should.posts, seen.tables.posts),
        ("comments", statuses, seen.tables.comments),
        ("reviews", statuses, seen.tables.reviews),
    ):
        for id_ in sorted(right.keys() | there.keys()):
            if (one := right.get(id_)) != (other := there.get(id_)):
                yield Flaw.WRONG, f"{table}: {id_} is {other!r}, not {one!r}"


def _at_rest(seen: Seen) -> Found:
    for what, counts in (
        ("waiting in the outbox", seen.progress.outboxes),
        ("not handled", seen.progress.lag),
        ("parked", seen.progress.parked),
    ):
        for service, number in counts.items():
            if number:
                yield Flaw.UNDONE, f"{service}: {number} events {what}"
    if not seen.replayed:
        yield Flaw.UNDONE, "the read model differs from one made of all events"


def _anything(writes: Iterable[Write]) -> Found:
    if not any(write.answer is Answer.HELD for write in writes):
        yield Flaw.UNDONE, "no write was answered 2xx, so nothing is shown"
