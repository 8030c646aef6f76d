"""Runs the columns, all at once, and reads what their processes take: CPU time, memory,
connections to databases. Only one of them is not stopped at a time."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from http import HTTPStatus
from random import Random
from urllib.parse import urlsplit

import msgspec
import psutil

from comparison.cost.results import Memory, Process, Running
from comparison.cost.stored import Filled
from comparison.lab import SEED
from config.processes.layout import Layout, layout
from lab.data import WORDS
from lab.errors import LabFailed, wait_until
from lab.http import Client, Response
from lab.sandbox import BLOG_SETTINGS, sandbox
from lab.stack import Stack, alone, free_port

PORTS = 8  # of a column
TIMEOUT_SECONDS, POLL_SECONDS = 30, 0.003
COMMENTS_PER_POST, POSTS_PER_PAGE = 10, 20  # no post gets more than a list shows of it
FINAL = ("approved", "rejected")
DATABASE_PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306}

Processes = Mapping[str, psutil.Process]
"""By the name of their program; children are numbered: ``web, child 1``."""


@dataclass(frozen=True)
class Column:
    """``plan`` lays out its processes from a port on; the page is read at ``path``."""

    name: str
    title: str
    short: str
    plan: Callable[[int], Layout]
    path: str = "/api/query/posts/"
    settings: str = BLOG_SETTINGS


# One web process, from the same server with the same options; nothing else.
ONE = partial(alone, "plain")
OF_PLAIN = {"path": "/api/posts/", "settings": "comparison.plain.settings"}
COLUMNS = (
    Column("one", "One application, one database", "one application", ONE, **OF_PLAIN),
    Column("modules", "Monolith of modules", "modules", partial(layout, "monolith")),
    Column("services", "Services", "services", partial(layout, "services")),
)
"""What is compared: three ways to run the blog, on processes and databases of their own."""


@dataclass(frozen=True)
class Blog:
    """A column's blog: its processes, which run, and a client of them, which threads may share.
    ``filled`` is what its databases held before anything was written to it."""

    column: Column
    stack: Stack
    client: Client
    filled: Filled

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
        numbers = range(0, comments, COMMENTS_PER_POST)
        texts = ({"title": f"Post {each}", "body": _text(each, 60)} for each in numbers)
        posts = [self._write("posts", "/api/posts/", text) for text in texts]
        self._await(lambda: self._read(f"{posts[-1]}/").is_success, "a post is not shown")
        return [posts[number // COMMENTS_PER_POST] for number in range(comments)]

    def await_final(self, post: str, comment: str) -> None:
        """Returns when the comment is shown with its final status."""
        problem = "a comment has no final status"
        self._await(lambda: self.statuses(post).get(comment) in FINAL, problem)

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
        addresses = self.stack.addresses
        return addresses.get(service) or next(iter(addresses.values()))

    def _write(self, service: str, path: str, data: Mapping[str, str]) -> str:
        response = self.client.post(self._address(service) + path, data)
        return str(response.expect_success().data["id"])

    def _read(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return self.client.get(self._address("query") + self.column.path + path, headers)

    @cached_property
    def processes(self) -> Processes:
        found = {}
        for name, pid in self.stack.leaders.items():
            found[name] = psutil.Process(pid)
            for number, child in enumerate(found[name].children(recursive=True), start=1):
                found[f"{name}, child {number}"] = child
        return found

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """Its processes run, and have done what they had left to do; then they are stopped."""
        # A server closes connections that are idle for long; a write may not be sent twice.
        self.client.close()
        self.stack.resume()
        try:
            self.settle()
            yield
        finally:
            self.stack.pause()

    def counts(self) -> Running:
        opened = connections(self.processes, self.stack.box.environment.get("DATABASE_URL", ""))
        processes, programs = len(self.processes), len(self.stack.plan.programs)
        return Running(self.column.name, processes, len(self.filled.aliases), opened, programs)


@contextmanager
def all_running(posts: int) -> Iterator[list[Blog]]:
    """All columns, prepared and started together, each with the same blog of so many posts. Raises
    LabFailed where they do not show the same page of it."""
    with ExitStack() as opened:
        enter = opened.enter_context
        boxes = [enter(sandbox(DJANGO_SETTINGS_MODULE=each.settings)) for each in COLUMNS]
        with ThreadPoolExecutor(len(COLUMNS)) as pool:
            filled = pool.map(lambda box: box.run("comparison.cost.stored", posts, SEED), boxes)
        first_port = free_port(PORTS * len(COLUMNS))
        blogs = []
        for number, (column, box, found) in enumerate(zip(COLUMNS, boxes, filled, strict=True)):
            stack = Stack(box, column.plan(first_port + PORTS * number))
            opened.callback(stack.kill)  # what they would still write is not needed
            stack.launch()
            blogs.append(Blog(column, stack, enter(Client()), msgspec.convert(found, Filled)))
        pages = []
        for blog in blogs:
            blog.stack.await_ready()
            pages.append(blog.page().data["results"])
            if pages[-1] != pages[0]:
                raise LabFailed(f"{blog.column.title} shows another page")
        yield blogs


class Work:
    """The CPU time of some processes from now on."""

    def __init__(self, processes: Processes) -> None:
        self._processes = list(processes.values())
        self._before, self._began = self._total(), time.perf_counter()

    def seconds(self, idle: float = 0.0) -> float:
        """Beyond what they take at rest, a share ``idle`` of a core."""
        return self._total() - self._before - idle * (time.perf_counter() - self._began)

    def share(self) -> float:
        """Of one core."""
        return self.seconds() / (time.perf_counter() - self._began)

    def _total(self) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in self._processes)  # user, system


def memory(column: str, processes: Processes) -> Memory:
    """PSS as if only these processes ran: a page that several of them share is counted in parts,
    a library's file once for all of them, even if others have it open. Where the system does not
    know PSS (other than Linux), USS: what each has for itself."""
    full = {name: process.memory_full_info() for name, process in processes.items()}
    known = hasattr(psutil.Process, "memory_maps")
    sizes = _pss(processes) if known else {name: info.uss for name, info in full.items()}
    found = [Process(name, sizes[name], info.uss, info.rss) for name, info in full.items()]
    return Memory(column, sum(sizes.values()), "PSS" if known else "USS", found)


def _pss(processes: Processes) -> Mapping[str, int]:
    sizes: Counter[str] = Counter()
    files: dict[str, dict[str, int]] = defaultdict(dict)  # bytes by path and process
    for name, process in processes.items():
        for mapped in process.memory_maps(grouped=True):
            if mapped.path.startswith("/"):
                sizes[name] += mapped.private_dirty  # changed: no longer the file's
                files[mapped.path][name] = mapped.rss - mapped.private_dirty
            else:
                sizes[name] += mapped.pss  # its part of what it shares with its children
    for users in files.values():
        for name, size in users.items():
            sizes[name] += size // len(users)
    return sizes


def connections(processes: Processes, database_url: str) -> int:
    """Open connections to databases: to the server of this URL, else to SQLite's files."""
    url = urlsplit(database_url)
    if port := url.port or DATABASE_PORTS.get(url.scheme):
        tcp = (each for process in processes.values() for each in process.net_connections("tcp"))
        return sum(bool(each.raddr) and each.raddr.port == port for each in tcp)
    files = (opened for process in processes.values() for opened in process.open_files())
    return sum(opened.path.endswith(".sqlite3") for opened in files)


def _text(number: int, words: int) -> str:
    return " ".join(Random(number).choices(WORDS, k=words))  # noqa: S311 - data, no secret
