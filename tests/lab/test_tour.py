"""The parts of ``make demo``: what it sends, reads, checks and prints."""

import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from rich.console import Console

from config.processes import ProcessError
from config.processes.layout import SERVICES
from config.processes.paths import BASE
from lab.http import NoResponse, request
from lab.stack import free_port
from lab.tour import app
from lab.tour.app import Blog, difference
from lab.tour.reporter import CheckFailed, Reporter

Reply = tuple[int, dict[str, str], str]


class Stub(BaseHTTPRequestHandler):
    """Sends the ``replies`` in order, and records the ``requests``."""

    replies: ClassVar[list[Reply]] = []
    requests: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.requests.append(f"{self.command} {self.path} {body}".strip())
        status, headers, text = self.replies.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    Stub.replies.clear()
    Stub.requests.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Stub) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def explained() -> list[str]:
    return []


@pytest.fixture
def blog(address: str, explained: list[str]) -> Blog:
    return Blog(dict.fromkeys(SERVICES, address), explained.append)


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def reporter(output: io.StringIO) -> Reporter:
    return Reporter(Console(file=output, highlight=False))


def test_an_error_is_a_response_and_a_refused_connection_is_none(address: str) -> None:
    Stub.replies[:] = [(404, {"X-Event-Position": "7"}, '{"detail": "no"}')]
    response = request("GET", f"{address}/x")
    assert (response.status, response.position, response.data) == (404, 7, {"detail": "no"})
    with pytest.raises(NoResponse, match="refused"):
        request("GET", f"http://127.0.0.1:{free_port(1)}/")


def test_a_redirect_is_a_response(address: str) -> None:
    Stub.replies[:] = [(301, {"Location": "https://blog.example/"}, "")]
    assert request("GET", address).status == 301


def test_loopback_needs_no_proxy(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    Stub.replies[:] = [(200, {}, "{}")]
    assert request("GET", address).status == 200


def test_a_write_waits_for_as_long_as_the_throttle_demands(
    blog: Blog, explained: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(app, "sleep", pauses.append)
    Stub.replies[:] = [(429, {"Retry-After": "12"}, "{}"), (201, {}, '{"id": "1"}')]

    assert blog.create_comment("p", "Ann", "Hello").status == 201
    assert pauses == [12]
    assert "12 s" in explained[0]
    sent = 'POST /api/posts/p/comments/ {"author":"Ann","content":"Hello"}'
    assert Stub.requests == [sent, sent]

    Stub.replies[:] = [(429, {"Retry-After": "3600"}, "{}")]
    with pytest.raises(ProcessError, match="THROTTLE_WRITES"):
        blog.create_post("T", "B")


def test_everything_is_compared_but_for_the_cursor(blog: Blog) -> None:
    def replies(cursor: str, title: str) -> list[Reply]:
        posts = json.dumps({"next": cursor, "previous": None, "results": [title]})
        return [(200, {}, posts.replace(": ", ":")), (200, {}, f"detail of {title}")]

    Stub.replies[:] = [*replies("a", "One"), *replies("b", "One"), *replies("b", "Two")]
    one, again, two = (blog.everything(["p"]) for _ in range(3))
    assert one == again == b'["One"]}\ndetail of One'
    assert two != one


def test_the_place_where_responses_differ_is_named() -> None:
    assert difference(b"One, two", b"One, two") == "no change"
    text = difference(b"One, two, three", b"One, ten")
    assert text == "'wo, three' became 'en' at byte 6 of 15"


def test_a_comment_is_read_from_the_page_as_words(blog: Blog) -> None:
    html = '<ol><li id="comment-1" class="comment"><b>Ann</b> <i>awaiting  moderation</i></li></ol>'
    Stub.replies[:] = [(200, {}, html), (200, {}, html)]
    assert blog.comment_on_page("p", "1") == "Ann awaiting moderation"
    assert blog.comment_on_page("p", "2") == ""


def test_what_is_not_yet_there_is_no_error(blog: Blog) -> None:
    Stub.replies[:] = [(404, {}, '{"detail": "Not found."}')]
    assert blog.comments("p") == {}


def test_waiting_ends_with_the_expected_value_or_with_the_last_one(reporter: Reporter) -> None:
    values = iter(["pending", "pending", "approved", "never"])
    reporter.await_("it is approved", lambda: next(values), "approved", timeout=10)
    assert list(values) == ["never"]
    with pytest.raises(CheckFailed, match="got pending"):
        reporter.await_("it is approved", lambda: "pending", "approved", timeout=0)


def test_a_pipe_gets_plain_lines(reporter: Reporter, output: io.StringIO) -> None:
    long = "word " * 40 + "end"
    reporter.step("One [step]")
    reporter.action("make stop", "done")
    reporter.check(long, actual=1, expected=1)
    reporter.await_("it comes", lambda: "here", "here", timeout=1)
    lines = output.getvalue().splitlines()
    assert lines[1].startswith("1. One [step] ─")
    assert lines[2:] == ["    make stop → done", f"    ✓ {long}", "    ✓ it comes"]


def test_a_check_that_fails_names_the_expected_and_the_actual_value(
    reporter: Reporter, output: io.StringIO
) -> None:
    with pytest.raises(CheckFailed, match="Ann is approved: expected approved, got pending"):
        reporter.await_("Ann is approved", lambda: "pending", "approved", timeout=0)
    with pytest.raises(CheckFailed, match="got rejected"):
        reporter.await_("Ann", lambda: "rejected", "approved", timeout=60, final=["rejected"])
    assert output.getvalue() == "    ✗ Ann is approved\n    ✗ Ann\n"


def test_nothing_running_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lab.tour"],
        cwd=BASE,
        env={"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("hindsight: nothing is running here")
    assert done.stderr.count("\n") == 1
