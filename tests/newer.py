"""A newer version of the program, as docs/evolve-an-event.md has it: a post has its text under
another name, and a language; and there is an event that the present version does not know."""

from typing import Any, ClassVar

from eventstore import contracts
from eventstore.contracts import AboutPost, Moment
from posts import services as posts
from posts.models import Outbox, Post
from query.models import PostView
from query.models import consumer as query


class PostState(AboutPost, frozen=True, kw_only=True):
    version: ClassVar[int] = 2
    title: str
    text: str
    language: str
    created_at: Moment
    author: str = ""


class PostCreated(PostState, frozen=True, kw_only=True):
    """Now with the language."""


class PostUpdated(PostState, frozen=True, kw_only=True):
    """Now with the language."""


class PostPinned(PostState, frozen=True, kw_only=True):
    """A new type."""

    version: ClassVar[int] = 1


def name_language(data: dict[str, Any]) -> dict[str, Any]:
    """From version 1 to 2 of a post's state."""
    data["text"] = data.pop("body")
    return {**data, "language": "unknown"}


UPCASTERS: dict[tuple[str, int], contracts.Upcaster] = {
    ("PostCreated", 1): name_language,
    ("PostUpdated", 1): name_language,
}


def install() -> None:
    """From now on this process is of the newer version."""
    for contract in (PostCreated, PostUpdated, PostPinned):
        contracts.CONTRACTS[contract.__name__] = contract
    contracts.UPCASTERS.update(UPCASTERS)
    publishing: Any = posts
    publishing.PostCreated, publishing.PostUpdated = PostCreated, PostUpdated
    publishing._state = _state

    @query.handles(PostCreated, PostUpdated)
    def record_post(event: PostState) -> PostView:
        body = f"[{event.language}] {event.text}"
        about = {"id": event.post_id, "author": event.author, "created_at": event.created_at}
        return PostView(title=event.title, body=body, **about)

    @query.handles(PostPinned)
    def record_pinned(event: PostPinned) -> PostView:
        row = record_post(event)
        row.title = f"Pinned: {event.title}"
        return row


def pin(post: Post) -> None:
    """What the newer version can do besides."""
    Outbox.publish(PostPinned(**_state(post)))


def _state(post: Post) -> dict[str, Any]:
    names = ("title", "author", "created_at")
    own = {name: getattr(post, name) for name in names}
    return {"post_id": post.id, "text": post.body, "language": "en", **own}
