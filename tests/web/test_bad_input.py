"""Bad bodies, at every address that writes: the right 4xx in words, nothing stored."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from comments import services as comments
from posts.models import Post
from tests.histories import settle
from tests.pages import Page
from tests.people import browser_of
from tests.records import on_record

pytestmark = pytest.mark.django_db(databases="__all__")

Send = Callable[..., Any]
WRITES = {
    "posts": ("POST", "/api/posts/", {"title": "A title", "body": "A body"}),
    "post": ("PATCH", "/api/posts/{post}/", {"title": "A title"}),
    "comments": ("POST", "/api/posts/{post}/comments/", {"content": "A kind word"}),
    "approve": ("POST", "/api/moderation/reviews/{comment}/approve/", {"reason": "Kind"}),
    "reject": ("POST", "/api/moderation/reviews/{comment}/reject/", {"reason": "Unkind"}),
}
BROKEN = {
    "half": b'{"title": "A',
    "nothing": b" ",
    "words": b"title=A&body=B",
    "single quotes": b"{'title': 'A'}",
    "a list": b'[{"title": "A", "body": "B", "content": "C"}]',
    "a string": b'"A"',
    "a number": b"1",
    "null": b"null",
    "not a number": b'{"title": NaN, "body": "B", "content": "C", "reason": "R"}',
    "infinite": b'{"title": -Infinity, "body": "B", "content": "C", "reason": "R"}',
    "a huge number": b'{"more": ' + b"9" * 5_000 + b"}",
    "a key twice": b'{"title": "A", "body": "B", "content": "C", "reason": "R", "reason": "R"}',
    "half a surrogate pair": b'{"title": "\\ud800", "body": "B", "content": "C", "reason": "R"}',
    "half a pair as key": b'{"\\udc00": "", "title": "A", "body": "B", "content": "C"}',
    "a raw NUL": b'{"title": "A\x00", "body": "B\x00", "content": "C\x00", "reason": "R\x00"}',
    "not UTF-8": b'{"title": "\xff", "body": "B", "content": "\xff", "reason": "\xff"}',
    "UTF-16": '{"title": "A", "body": "B", "content": "C"}'.encode("utf-16"),
    "100 000 lists": b"[" * 100_000,
    "100 000 objects": b'{"title":' * 100_000,
    "100 000 in one": b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}
NO_TEXT: dict[str, Any] = {
    "a number": 1,
    "a fraction": 1.5,
    "a boolean": True,
    "a list": ["A"],
    "an object": {"A": "B"},
    "null": None,
    "with NUL": "A\x00",
    "bell": "\x07",
    "escape": "A\x1b[31m",
    "delete": "A\x7f",
    "next line": "A\x85A",
    "zero width": "\u200b",
    "too long": "x" * 20_001,
}
BLANK = ["", "  ", "\t\n", "\u200b", "\u200b\u2060\ufeff", "\u3164\u2800", "\u00ad \u200d"]
OTHER_KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
LIMITS = {
    "posts": {"title": 200, "body": 20_000},
    "post": {"title": 200, "body": 20_000},
    "comments": {"content": 5_000, "author": 80},
    "approve": {"reason": 200},
    "reject": {"reason": 200},
}


@pytest.fixture
def send(post: Post) -> Send:
    """Sends a body to one of the ``WRITES``, as somebody who may do everything. Sees to it that
    what is refused leaves no trace."""
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    browser = browser_of("superuser")

    def send(name: str, body: Any, kind: str = "application/json") -> Any:
        method, address, _ = WRITES[name]
        data = body if isinstance(body, bytes) else json.dumps(body)
        path = address.format(post=post.id, comment=comment.id)
        before = on_record()
        response = browser.generic(method, path, data, kind)
        if response.status_code >= 400:
            assert on_record() == before
            assert response.headers["Content-Type"] == "application/json"
        return response

    return send


def test_what_is_right_is_taken(send: Send) -> None:
    for name, (_, _, body) in WRITES.items():
        assert send(name, body).status_code in (200, 201)


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_is_no_json_object_is_400(send: Send, body: bytes) -> None:
    for name in WRITES:
        response = send(name, body)

        assert response.status_code == 400
        assert list(response.json()) == ["detail"]
        assert 20 < len(response.json()["detail"]) < 150


@pytest.mark.parametrize("value", NO_TEXT.values(), ids=NO_TEXT)
def test_what_is_no_text_is_400_at_its_field(send: Send, value: Any) -> None:
    for name, (_, _, right) in WRITES.items():
        for field in right:
            response = send(name, {**right, field: value})

            assert response.status_code == 400
            [(where, [message, *_])] = response.json().items()
            assert where == field
            assert message[0].isupper()
            assert message.endswith(".")


@pytest.mark.parametrize("value", BLANK, ids=ascii)
def test_text_with_nothing_to_see_is_400(send: Send, value: str) -> None:
    for name in ("posts", "post", "comments"):
        for field in WRITES[name][2]:
            response = send(name, {**WRITES[name][2], field: value})

            if field in OPTIONAL and not value.strip():
                assert response.status_code in (200, 201)
            else:
                assert (response.status_code, list(response.json())) == (400, [field])


@pytest.mark.parametrize("name", WRITES)
def test_text_is_limited(send: Send, name: str) -> None:
    for field, longest in LIMITS[name].items():
        assert send(name, {**WRITES[name][2], field: "ä" * longest}).status_code in (200, 201)

        response = send(name, {**WRITES[name][2], field: "ä" * (longest + 1)})
        assert response.status_code == 400
        assert str(longest) in response.json()[field][0]


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_a_body_of_another_content_type_is_415(send: Send, kind: str) -> None:
    for name, (_, _, right) in WRITES.items():
        response = send(name, right, kind=kind)

        assert response.status_code == 415
        assert "detail" in response.json()


OPTIONAL = {"body"}  # a post may have none
POST_FORM = {"title": "A title", "body": "A body"}
COMMENT_FORM = {"content": "A kind word"}
BAD_TEXT = {
    "nothing": "",
    "spaces": "  ",
    "zero width": "\u200b\ufeff",
    "blank letters": "\u3164",
    "NUL": "A\x00",
    "bell": "A\x07",
    "too long": "x" * 20_001,
}
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture(params=["post", "comment"])
def form(request: pytest.FixtureRequest, post: Post) -> tuple[str, dict[str, str]]:
    """The address of a form, and what it takes."""
    if request.param == "post":
        return "/posts/", POST_FORM
    return f"/posts/{post.id}/comments/", COMMENT_FORM


def refused(client: Client, address: str, *args: Any) -> Page:
    """The page that shows what is wrong, with nothing stored."""
    before = on_record()
    response = client.post(address, *args)
    assert response.status_code == 400
    assert on_record() == before
    return Page(response.text)


@pytest.mark.parametrize("text", BAD_TEXT.values(), ids=BAD_TEXT)
def test_bad_text_is_400_at_its_field(
    client: Client, form: tuple[str, dict[str, str]], text: str
) -> None:
    address, right = form
    for field in right:
        if field in OPTIONAL and not text.strip():
            continue
        page = refused(client, address, {**right, field: text})

        [invalid] = [e for e in page.elements if e.attributes.get("aria-invalid") == "true"]
        assert invalid.attributes["name"] == field


def test_a_name_that_is_too_long_is_400(client: Client, post: Post) -> None:
    page = refused(client, f"/posts/{post.id}/comments/", {**COMMENT_FORM, "author": "x" * 81})

    assert page.find("input", name="author").attributes["aria-invalid"] == "true"


def test_an_empty_form_is_400(client: Client, form: tuple[str, dict[str, str]]) -> None:
    refused(client, form[0], {})
    refused(client, form[0], "", URLENCODED)


@pytest.mark.parametrize(
    "body", ["title=%FF&body=%FF&content=%FF", b"title=\xff&body=\xff&content=\xff"]
)
def test_what_is_not_utf_8_is_400(
    client: Client, form: tuple[str, dict[str, str]], body: str | bytes
) -> None:
    assert "UTF-8" in refused(client, form[0], body, URLENCODED).text


def test_a_form_in_parts_that_is_not_utf_8_is_400(
    client: Client, form: tuple[str, dict[str, str]]
) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n\xff\r\n'
    body = b"".join(part % name for name in (b"title", b"body", b"content")) + b"--x--\r\n"

    assert "UTF-8" in refused(client, form[0], body, "multipart/form-data; boundary=x").text


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_what_is_no_form_is_415(
    client: Client, form: tuple[str, dict[str, str]], kind: str
) -> None:
    before = on_record()
    response = client.generic("POST", form[0], b'{"title": "A"}', kind)

    assert response.status_code == 415
    assert "accepts form data only" in Page(response.text).text
    assert on_record() == before


BROKEN_FORMS = {
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "half a part": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form"),
    "a thousand and one fields": (URLENCODED, b"&".join(b"a=b" for _ in range(1_001))),
    "another alphabet": (f"{URLENCODED}; charset=latin-1", b"title=%E4&body=%E4&content=%E4"),
}


@pytest.mark.parametrize(("kind", "body"), BROKEN_FORMS.values(), ids=BROKEN_FORMS)
def test_a_form_that_cannot_be_read_is_400(
    client: Client, form: tuple[str, dict[str, str]], kind: str, body: bytes
) -> None:
    refused(client, form[0], body, kind)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_another_method_is_405(
    client: Client, form: tuple[str, dict[str, str]], method: str
) -> None:
    response = client.generic(method, form[0])

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("post_id", [uuid4(), "1", "x", "%00", "00000000000000000000000000000000"])
def test_a_post_that_does_not_exist_is_404(client: Client, post_id: object) -> None:
    before = on_record()

    assert client.post(f"/posts/{post_id}/comments/", COMMENT_FORM).status_code == 404
    assert on_record() == before
