"""What is compared (a column each): three ways to run the blog, on processes and databases of
their own; and a client of each over HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from random import Random

from config.processes.layout import Layout, layout
from lab.data import WORDS
from lab.errors import wait_until
from lab.http import Client, Response
from lab.sandbox import BLOG_SETTINGS

TIMEOUT_SECONDS, POLL_SECONDS = 30, 0.003
COMMENTS_PER_POST = 10
"""No post gets more than a list shows of it."""
POSTS_PER_PAGE = 20


@dataclass(frozen=True)
class Column:
    """``plan`` lays out its processes from a port on; the page is read at ``path``."""

    name: str
    title: str
    short: str
    plan: Callable[[int], Layout]
    path: str = "/api/query/posts/"
    settings: str = BLOG_SETTINGS


def plain(port: int) -> Layout:
    """One web process, from the same server with the same options; nothing else."""
    modules = layout("monolith", port)
    return replace(modules, programs=(replace(modules.webs[0], name="plain", service="plain"),))


COLUMNS = (
    Column(
        name="one",
        title="One application, one database",
        short="one application",
        plan=plain,
        path="/api/posts/",
        settings="comparison.plain.settings",
    ),
    Column("modules", "Monolith of modules", "modules", partial(layout, "monolith")),
    Column("services", "Services", "services", partial(layout, "services")),
)


@dataclass(frozen=True)
class Blog:
    """A client of one column's blog. Threads may share it."""

    column: Column
    addresses: Mapping[str, str]
    client: Client

    def post(self, number: int) -> str:
        """Writes a post; returns its id."""
        text = {"title": f"Post {number}", "body": _text(number, 60)}
        return self._write("posts", "/api/posts/", text)

    def comment(self, post: str, number: int) -> str:
        """Writes a comment, every tenth with a word that is rejected; returns its id."""
        orange = " and an orange" if number % 10 == 9 else ""
        comment = {"author": "Ann", "content": _text(number, 20) + orange}
        return self._write("comments", f"/api/posts/{post}/comments/", comment)

    def statuses(self, post: str) -> dict[str, str]:
        """Those of the comments that are shown with a post, by id; none where it is not shown."""
        response = self._read(f"{post}/")
        if response.status == HTTPStatus.NOT_FOUND:
            return {}
        return {each["id"]: each["status"] for each in response.expect_success().data["comments"]}

    def page(self, afresh: bool = False) -> Response:
        """The newest posts with their comments; ``afresh``: past all caches."""
        headers = {"Cache-Control": "no-cache"} if afresh else None
        return self._read(f"?limit={POSTS_PER_PAGE}", headers).expect_success()

    def posts_for(self, comments: int) -> list[str]:
        """Writes posts for so many comments; returns the post of each when they are shown."""
        posts = [self.post(number) for number in range(0, comments, COMMENTS_PER_POST)]
        self._await(lambda: self._read(f"{posts[-1]}/").is_success, "a post is not shown")
        return [posts[number // COMMENTS_PER_POST] for number in range(comments)]

    def await_final(self, post: str, comment: str) -> None:
        """Returns when the comment is shown with its final status."""
        self._await(
            lambda: is_final(self.statuses(post).get(comment)), "a comment has no final status"
        )

    def follow(self, post: str, number: int) -> None:
        """Writes a comment; returns when it is shown with its final status."""
        self.await_final(post, self.comment(post, number))

    def settle(self) -> None:
        """Returns when all that was written before is shown."""
        self.follow(self.posts_for(1)[0], 0)

    def _await(self, done: Callable[[], bool], problem: str) -> None:
        problem = f"{self.column.title}: {problem} within {TIMEOUT_SECONDS} seconds"
        wait_until(done, TIMEOUT_SECONDS, problem, POLL_SECONDS)

    def _address(self, service: str) -> str:
        """Where there are no services, that of the one web process."""
        return self.addresses.get(service) or next(iter(self.addresses.values()))

    def _write(self, service: str, path: str, data: Mapping[str, str]) -> str:
        response = self.client.post(self._address(service) + path, data)
        return str(response.expect_success().data["id"])

    def _read(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return self.client.get(self._address("query") + self.column.path + path, headers)


def is_final(status: str | None) -> bool:
    return status in ("approved", "rejected")


def _text(number: int, words: int) -> str:
    return " ".join(Random(number).choices(WORDS, k=words))  # noqa: S311 - data, no secret
