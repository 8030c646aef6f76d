"""Every event that passes between services. This union is the registry.

An event is attributes only. It evolves by new *optional* attributes. What cannot be expressed so is
a new version of its contract, and an upcaster reads the earlier one: see docs/evolve-an-event.md.
Old stored events never change.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, get_args
from uuid import UUID

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone: without one it would be another moment in each reader's own zone."""


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What all events have: the service that publishes them, and what they are about."""

    source: ClassVar[str]
    version: ClassVar[int] = 1
    """Of the shape of the data. It is stored with each event."""

    @property
    def subject(self) -> UUID:
        """The id of the post or comment that the event is about."""
        raise NotImplementedError


class AboutPost(Contract, frozen=True, kw_only=True):
    source: ClassVar[str] = "posts"
    post_id: UUID

    @property
    def subject(self) -> UUID:
        return self.post_id


class PostState(AboutPost, frozen=True, kw_only=True):
    title: str
    body: str
    created_at: Moment
    author: str = ""
    slug: str = ""
    """What its address ends with; empty in events that are older than slugs."""
    former_path: str = ""
    """Where it was in the blog that it was imported from, as in "/2019/05/hello/"."""


class PostCreated(PostState, frozen=True, kw_only=True):
    """A post with its full state."""


class PostUpdated(PostState, frozen=True, kw_only=True):
    """A post's full state, whatever of it has changed."""


class PostDeleted(AboutPost, frozen=True, kw_only=True):
    """A post is gone. Its comments follow, each with its own event."""


class AboutComment(Contract, frozen=True, kw_only=True):
    source: ClassVar[str] = "comments"
    comment_id: UUID
    post_id: UUID

    @property
    def subject(self) -> UUID:
        return self.comment_id


class CommentState(AboutComment, frozen=True, kw_only=True, omit_defaults=True):
    """Attributes with a default came later, and are absent from the data where they have it."""

    author: str
    content: str
    status: str
    created_at: Moment
    parent_id: UUID | None = None
    """The comment that this one replies to."""
    reason: str = ""
    """Why it was rejected, for its sender."""
    revision: int = 1
    """Of its text: one more each time its sender changes it, and it is judged anew."""
    thread_id: UUID | None = None
    """Of a reply: the comment that its thread began with, the parent or the parent's parent …"""
    thread_at: Moment | None = None
    """Of a reply: when that comment was created. By both, a thread's comments stand together."""


class CommentCreated(CommentState, frozen=True, kw_only=True):
    """A new comment with its full state; its status is pending."""


class CommentUpdated(CommentState, frozen=True, kw_only=True):
    """A comment's full state. Generic on purpose: its readers need not know why it changed."""


class CommentDeleted(AboutComment, frozen=True, kw_only=True):
    """A comment is gone."""


class CommentModerated(AboutComment, frozen=True, kw_only=True, omit_defaults=True):
    """A decision on a comment. Special on purpose: only comments knows what it means."""

    source: ClassVar[str] = "moderation"
    status: str
    reason: str
    decided_by: str
    revision: int = 1
    """Of the text that was judged: a decision on an earlier text has no effect."""


AnyEvent = (
    PostCreated
    | PostUpdated
    | PostDeleted
    | CommentCreated
    | CommentUpdated
    | CommentDeleted
    | CommentModerated
)


class BadEvent(ValueError):
    """A stored event that this program cannot read: its type is unknown or its data is bad."""


class UnknownEvent(BadEvent):
    """Of a type, or of a version, that no contract of this program defines: a newer program's."""


UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What reading JSON raises: no JSON or not this kind, half of a character, nested too deeply."""

CONTRACTS: dict[str, type[Contract]] = {each.__name__: each for each in get_args(AnyEvent)}

Upcaster = Callable[[dict[str, Any]], Mapping[str, Any]]
UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""By type and version: what makes the data (as read from JSON) of the next version from it."""


def encode(event: Contract) -> str:
    """The event's data as JSON text."""
    return msgspec.json.encode(event).decode()


def decode(type_: str, data: str, version: int = 1) -> Contract:
    """The event of this type with this data (JSON text), which has the shape of this version of its
    contract. Raises BadEvent; UnknownEvent where only a newer program can read it."""
    contract = CONTRACTS.get(type_)
    if contract is None:
        raise UnknownEvent(f"no contract is called {type_!r}")
    if version > contract.version:
        known = f"this program knows up to version {contract.version}"
        raise UnknownEvent(f"{type_} of version {version}: {known}")
    try:
        if version == contract.version:
            return _decoder(contract).decode(data)
        return msgspec.convert(_upcast(contract, data, version), contract)
    except UNREADABLE as error:
        raise BadEvent(f"{type_}: {error}") from error


@cache
def _decoder(contract: type[Contract]) -> msgspec.json.Decoder[Contract]:
    return msgspec.json.Decoder(contract)


def _upcast(contract: type[Contract], data: str, version: int) -> Mapping[str, Any]:
    """The data in the shape of the contract's own version, step by step from that of ``version``.
    Raises BadEvent where a step is missing or fails."""
    shape: Mapping[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
    for step in range(version, contract.version):
        try:
            shape = UPCASTERS[contract.__name__, step](dict(shape))
        except Exception as error:
            what = f"{contract.__name__}: version {step} to {step + 1}"
            raise BadEvent(f"{what}: {error!r}") from error
    return shape
