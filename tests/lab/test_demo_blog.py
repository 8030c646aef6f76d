"""The demo's parts: what it sends to the blog, and what it reads in the answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from config.processes import ProcessError
from config.processes.layout import SERVICES
from lab.tour import blog as blog_module
from lab.tour import client
from lab.tour.blog import Blog, difference
from tests.running import free_ports

Reply = tuple[int, dict[str, str], str]


class Stub(BaseHTTPRequestHandler):
    """Answers what was put in ``replies``, in order, and keeps what it was asked."""

    replies: ClassVar[list[Reply]] = []
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.asked.append(f"{self.command} {self.path} {body}".strip())
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
    Stub.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Stub) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def blog(address: str, said: list[str]) -> Blog:
    return Blog(dict.fromkeys(SERVICES, address), said.append)


def test_an_error_is_an_answer_and_silence_is_none(address: str) -> None:
    Stub.replies[:] = [(404, {"X-Event-Position": "7"}, '{"detail": "no"}')]
    answer = client.get(f"{address}/x")
    assert (answer.status, answer.position, answer.data) == (404, 7, {"detail": "no"})
    with pytest.raises(client.NoAnswer, match="refused"):
        client.get(f"http://127.0.0.1:{free_ports(1)}/")


def test_a_redirect_is_an_answer(address: str) -> None:
    Stub.replies[:] = [(301, {"Location": "https://blog.example/"}, "")]
    assert client.get(address).status == 301


def test_loopback_needs_no_proxy(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    Stub.replies[:] = [(200, {}, "{}")]
    assert client.get(address).status == 200


def test_a_write_waits_for_as_long_as_the_throttle_says(
    blog: Blog, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(blog_module, "sleep", pauses.append)
    Stub.replies[:] = [(429, {"Retry-After": "12"}, "{}"), (201, {}, "{}")]

    assert blog.write_comment("p", "Ann", "Hello").status == 201
    assert pauses == [12]
    assert "12 s" in said[0]
    sent = 'POST /api/posts/p/comments/ {"author": "Ann", "content": "Hello"}'
    assert Stub.asked == [sent, sent]

    Stub.replies[:] = [(429, {"Retry-After": "3600"}, "{}")]
    with pytest.raises(ProcessError, match="THROTTLE_WRITES"):
        blog.write_post("T", "B")


def test_everything_is_compared_but_for_the_cursor(blog: Blog) -> None:
    def answer(cursor: str, title: str) -> list[Reply]:
        posts = json.dumps({"next": cursor, "previous": None, "results": [title]})
        return [(200, {}, posts.replace(": ", ":")), (200, {}, f"detail of {title}")]

    Stub.replies[:] = [*answer("a", "One"), *answer("b", "One"), *answer("b", "Two")]
    one, again, two = (blog.everything(["p"]) for _ in range(3))
    assert one == again == b'["One"]}\ndetail of One'
    assert two != one


def test_where_answers_differ_is_told() -> None:
    assert difference(b"One, two", b"One, two") == "no change"
    told = difference(b"One, two, three", b"One, ten")
    assert told == "'wo, three' has become 'en' at byte 6 of 15"


def test_a_comment_is_read_from_the_page_as_words(blog: Blog) -> None:
    html = '<ol><li id="comment-1" class="comment"><b>Ann</b> <i>awaiting  moderation</i></li></ol>'
    Stub.replies[:] = [(200, {}, html), (200, {}, html)]
    assert blog.comment_on_page("p", "1") == "Ann awaiting moderation"
    assert blog.comment_on_page("p", "2") == ""


def test_what_is_not_yet_there_is_no_error(blog: Blog) -> None:
    Stub.replies[:] = [(404, {}, '{"detail": "Not found."}')]
    assert blog.comments("p") == {}
