"""Every event that passes between services. This union is the registry.

An event is attributes only. It evolves by new *optional* attributes; what cannot be expressed
so becomes a new type, and the old one stays readable. Old stored events never change.
"""

from datetime import datetime
from typing import Annotated, ClassVar, get_args
from uuid import UUID

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone: without one it would be another moment in each reader's own zone."""


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What all events have: the service that publishes them, and what they are about."""

    source: ClassVar[str]

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


class CommentState(AboutComment, frozen=True, kw_only=True):
    author: str
    content: str
    status: str
    created_at: Moment


class CommentCreated(CommentState, frozen=True, kw_only=True):
    """A new comment with its full state; its status is pending."""


class CommentUpdated(CommentState, frozen=True, kw_only=True):
    """A comment's full state. Generic on purpose: its readers need not know why it changed."""


class CommentDeleted(AboutComment, frozen=True, kw_only=True):
    """A comment is gone."""


class CommentModerated(AboutComment, frozen=True, kw_only=True):
    """A decision on a comment. Special on purpose: only comments knows what it means."""

    source: ClassVar[str] = "moderation"
    status: str
    reason: str
    decided_by: str


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


UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What reading JSON raises: no JSON or not this kind, half of a character, nested too deeply."""

CONTRACTS: dict[str, type[Contract]] = {each.__name__: each for each in get_args(AnyEvent)}
_DECODERS = {name: msgspec.json.Decoder(contract) for name, contract in CONTRACTS.items()}


def encode(event: Contract) -> str:
    """The event's data as JSON text."""
    return msgspec.json.encode(event).decode()


def decode(type_: str, data: str) -> Contract:
    """The event of this type with this data (JSON text). Raises BadEvent."""
    try:
        return _DECODERS[type_].decode(data)
    except KeyError:
        raise BadEvent(f"no contract is called {type_!r}") from None
    except UNREADABLE as error:
        raise BadEvent(f"{type_}: {error}") from error
