"""The way of the blog itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import msgspec

from comparison.delivery.counts import Counted, Counts
from comparison.delivery.plugs import Plug
from comparison.delivery.small.http import Unanswered, get
from comparison.delivery.way import COMMENTS, MODERATION, NEWCOMER, WRITER, Way
from config.processes.layout import Program, layout
from lab.errors import LabFailed
from lab.sandbox import Sandbox

BLOG = "comparison.delivery.blog"
FIRST, NEWCOMER_IS = "posts,comments,moderation", "query"
PLACES = {
    "comments-web": WRITER,
    "comments-worker": COMMENTS,
    "moderation-worker": MODERATION,
    "query-web": NEWCOMER,
    "query-worker": NEWCOMER,
}
"""Which of the blog's processes are started, and what they are here."""


class OverStore(Way):
    """Events are rows in a store, and messages only say that there are some. The service that
    comes later is query."""

    name = "store"
    title = "The event store with nudges"
    claims = ("stored-events",)

    def __init__(self, box: Sandbox, port: int, posts: int, plug: Plug) -> None:
        self.plug = plug
        super().__init__(box, port, posts)

    def made(self, posts: int) -> list[str]:
        made: list[str] = self.box.ask(f"{BLOG}.make", FIRST, posts)
        return made

    def programs(self, port: int) -> Iterator[Program]:
        for program in layout(
            "services", port, self.plug.settings.get("QUEUE_PREFIX", "")
        ).programs:
            if place := PLACES.get(program.name):
                yield replace(
                    program,
                    service=place,
                    command=tuple(map(_mortal, program.command)),
                    environment={**program.environment, **self.plug.settings},
                )

    def make_newcomer(self) -> None:
        self.box.ask(f"{BLOG}.make", NEWCOMER_IS, 0)

    def cut(self) -> None:
        self.plug.pull()

    def mend(self) -> None:
        self.plug.put_in()

    def statuses(self, post: str) -> Mapping[str, str]:
        asked = f"{self.writer}/api/comments/?limit=1000&post_id={post}"
        return {each["id"]: each["status"] for each in _get(asked)["results"]}

    def known(self, posts: Iterable[str]) -> int:
        address = self.stack.addresses[NEWCOMER]
        shown = (_get(f"{address}/api/query/posts/{post}/") for post in posts)
        return sum(post["comment_count"] for post in shown if post)

    def is_idle(self) -> None:
        return None

    def counted(self) -> Counted:
        found = self.box.ask(f"{BLOG}.count", *self.posts)
        posts = {post: Counts(**counts) for post, counts in found["posts"].items()}
        return Counted(found["waiting"], posts)


def _get(url: str) -> dict[str, Any]:
    """Empty where there is no such thing yet. Raises LabFailed."""
    try:
        status, body = get(url)
    except Unanswered as error:
        raise LabFailed(str(error)) from error
    if status not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
        raise LabFailed(f"{url} answered {status}")
    return msgspec.json.decode(body) if status == HTTPStatus.OK else {}


def _mortal(argument: str) -> str:
    """The same process, with a place where it can be killed."""
    return {"config.wsgi:application": f"{BLOG}.wsgi:application", "config": f"{BLOG}.celery"}.get(
        argument, argument
    )
