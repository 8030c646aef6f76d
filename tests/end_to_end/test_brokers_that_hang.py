"""Brokers of the tests' own, in every state in which they respond late or never: no write waits for
them, and everything settles without a hand when they are themselves again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import monotonic

import httpx
import psutil
import pytest

from config.processes.layout import SUBSCRIBERS, layout
from lab.cable import Cable
from lab.errors import wait_until
from lab.own_brokers import PROGRAMS, OwnBroker, find_program
from lab.sandbox import BLOG_SETTINGS, sandbox
from lab.stack import Stack, free_port
from tests.end_to_end.stacks import those
from tests.needs import require
from tests.running import SECONDS

WRITE_SECONDS = 1.0  # the longest that a write may take, whatever the broker does
REPLICA = "read only replica"  # in Redis's error
GIVEN_UP = "no consumer was woken"


@dataclass
class Blog:
    """The monolith with a broker of its own, to which ``cable`` leads. ``slowest``: of its writes,
    in seconds."""

    stack: Stack
    broker: OwnBroker
    cable: Cable
    comments: int = 0
    slowest: float = 0.0
    post: str = field(init=False)

    def __post_init__(self) -> None:
        self.post = self._write("/api/posts/", title="A title", body="A body")

    def comment(self, count: int = 1) -> None:
        for _ in range(count):
            path = f"/api/posts/{self.post}/comments/"
            self._write(path, author="Ann", content="A kind word")
            self.comments += 1

    def approved(self) -> int:
        path = f"/api/query/posts/{self.post}/"
        shown = httpx.get(f"{self.stack.addresses['web']}{path}", timeout=SECONDS).json()
        return int(shown.get("comment_count", 0))

    def settle(self) -> None:
        problem = f"comments stay pending:\n{self.log()}"
        wait_until(lambda: self.approved() == self.comments, SECONDS, problem)

    def log(self) -> str:
        """Of all its processes."""
        logs = sorted(self.stack.box.paths.logs.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()}" for log in logs)

    def _write(self, path: str, **body: str) -> str:
        begin = monotonic()
        url = f"{self.stack.addresses['web']}{path}"
        response = httpx.post(url, json=body, timeout=SECONDS)
        self.slowest = max(self.slowest, monotonic() - begin)
        assert response.status_code == 201
        return str(response.json()["id"])


@contextmanager
def running(name: str) -> Iterator[Blog]:
    require(PROGRAMS[name], find_program(name))
    with (
        sandbox("", DJANGO_SETTINGS_MODULE=BLOG_SETTINGS) as box,
        OwnBroker(name, box) as broker,
        Cable(broker.url) as cable,
    ):
        environment = {**box.environment, "BROKER_URL": cable.through(broker.url)}
        box = replace(box, environment=environment)
        box.prepare()
        with Stack(box, layout("monolith", free_port(1))) as stack:
            stack.start()
            yield Blog(stack, broker, cable)


@pytest.fixture(scope="module", params=those("redis", "rabbitmq"))
def shared(request: pytest.FixtureRequest) -> Iterator[Blog]:
    with running(request.param) as blog:
        yield blog


@pytest.fixture
def blog(shared: Blog) -> Blog:
    """In which a comment is approved at once."""
    shared.comment()
    shared.settle()
    shared.slowest = 0.0
    return shared


State = tuple[Callable[[Blog], object], Callable[[Blog], object]]  # its beginning, its end
STATES: dict[str, State] = {
    "stopped": (lambda blog: blog.broker.pause(), lambda blog: blog.broker.resume()),
    "silent": (lambda blog: blog.cable.freeze(), lambda blog: blog.cable.thaw()),
    "refusing": (lambda blog: blog.cable.cut(), lambda blog: blog.cable.restore()),
    "full": (lambda blog: blog.broker.fill(), lambda blog: blog.broker.free()),
}


@pytest.mark.parametrize("shared", those("redis"), indirect=True)
def test_a_redis_that_became_a_replica_ends_no_worker(blog: Blog) -> None:
    before = blog.log().count(GIVEN_UP)
    leaders = blog.stack.leaders
    blog.broker.refuse_writes()
    try:
        blog.comment()
        problem = "the web process does not give the broker up"
        wait_until(lambda: blog.log().count(GIVEN_UP) > before, SECONDS, problem)
        logs = [blog.stack.box.paths.log(f"{name}-worker") for name in SUBSCRIBERS]
        problem = "the workers notice nothing"
        wait_until(lambda: all(REPLICA in log.read_text() for log in logs), SECONDS, problem)
        blog.comment()
    finally:
        blog.broker.accept_writes()
    assert blog.slowest < WRITE_SECONDS
    blog.settle()
    assert all(psutil.pid_exists(pid) for pid in leaders.values())


@pytest.mark.parametrize("state", STATES)
def test_no_write_waits_for_a_broker_and_all_settles_when_it_is_back(
    blog: Blog, state: str
) -> None:
    begin, end = STATES[state]
    before = blog.log().count(GIVEN_UP)
    begin(blog)
    try:
        blog.comment(3)
        problem = "the web process does not give the broker up"
        wait_until(lambda: blog.log().count(GIVEN_UP) > before, SECONDS, problem)
        blog.comment(3)
        assert blog.approved() < blog.comments, "the broker was not away"
    finally:
        end(blog)
    assert blog.slowest < WRITE_SECONDS
    blog.settle()


def test_a_connection_that_was_dropped_silently_is_noticed_and_replaced(blog: Blog) -> None:
    """Whether by a worker that waits in it, or by whoever sends: no end is informed."""
    blog.cable.forget()
    blog.comment(3)
    assert blog.slowest < WRITE_SECONDS
    blog.settle()


def test_a_broker_that_was_restarted_is_connected_to_at_once(blog: Blog) -> None:
    log = blog.stack.box.paths.log("web")
    before = log.read_text().count(GIVEN_UP)
    blog.cable.reset()
    blog.comment()
    blog.settle()
    assert log.read_text().count(GIVEN_UP) == before


@pytest.mark.parametrize("name", those("redis", "rabbitmq"))
def test_a_login_that_hangs_holds_no_write(name: str) -> None:
    """Nor a worker, once the broker lets it in."""
    with running(name) as blog:
        blog.cable.cut()  # the web process has no connection yet, and the workers lose theirs
        blog.cable.freeze()
        blog.cable.restore()
        blog.comment()
        problem = "the web process does not give the broker up"
        wait_until(lambda: GIVEN_UP in blog.log(), SECONDS, problem)
        blog.comment()
        assert blog.slowest < WRITE_SECONDS
        blog.cable.thaw()
        blog.settle()
