"""Bad input at the addresses of the page's forms: the right 4xx as a page, nothing stored."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from posts.models import Post
from tests.pages import Page
from tests.records import on_record

pytestmark = pytest.mark.django_db(databases="__all__")

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
    """The page that says what is wrong, with nothing stored."""
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


BROKEN = {
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "half a part": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form"),
    "a thousand and one fields": (URLENCODED, b"&".join(b"a=b" for _ in range(1_001))),
    "another alphabet": (f"{URLENCODED}; charset=latin-1", b"title=%E4&body=%E4&content=%E4"),
}


@pytest.mark.parametrize(("kind", "body"), BROKEN.values(), ids=BROKEN)
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
