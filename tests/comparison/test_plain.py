"""One application with one database does what the blog does, without events."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.test import override_settings

from comparison.cost.running import COLUMNS
from comparison.lab import SEED
from lab.data import blog
from lab.sandbox import sandbox
from lab.stack import Stack, free_port

pytestmark = pytest.mark.xdist_group("plain")

ONE = COLUMNS[0]
POSTS = 3
BAD: list[Any] = [
    {"content": ""},
    {"content": " \u200b "},
    {"content": 7},
    {"content": "x" * 5_001},
    {"content": "a\0b"},
    {"author": "Ann"},
    ["content"],
]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    var = tmp_path_factory.mktemp("plain")
    with override_settings(VAR_DIR=var), sandbox(DJANGO_SETTINGS_MODULE=ONE.settings) as box:
        box.run("comparison.cost.stored", POSTS, SEED)
        with Stack(box, ONE.plan(free_port(1))) as stack:
            stack.start()
            yield stack


@pytest.fixture
def client(one: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=one.addresses["plain"]) as client:
        yield client


@pytest.fixture
def post(client: httpx.Client) -> str:
    response = client.post("/api/posts/", json={"title": "A title", "body": "A body"})
    assert response.status_code == HTTPStatus.CREATED
    return f"/api/posts/{response.json()['id']}/"


@pytest.mark.parametrize(
    ("content", "status"),
    [("Well said.", "approved"), ("I like Oranges", "rejected"), ("storange", "approved")],
)
def test_a_comment_is_moderated_when_it_is_saved(
    client: httpx.Client, post: str, content: str, status: str
) -> None:
    response = client.post(f"{post}comments/", json={"content": content})

    assert response.status_code == HTTPStatus.CREATED
    assert response.json()["status"] == status
    (own,) = client.get(post).json()["comments"]
    assert own["id"] == response.json()["id"]
    assert (own["author"], own["content"], own["status"]) == ("Anonymous", content, status)
    (shown,) = httpx.get(client.base_url.join(post)).json()["comments"]
    texts = ("Anonymous", content) if status == "approved" else ("", "")
    assert (shown["author"], shown["content"]) == texts


def test_the_page_shows_the_newest_with_their_comments(client: httpx.Client, post: str) -> None:
    client.post(f"{post}comments/", json={"content": "First.", "author": "Ann"})

    page = client.get("/api/posts/", params={"limit": 2}).json()

    assert len(page["results"]) == 2
    newest = page["results"][0]
    assert newest == client.get(post).json()
    assert (newest["title"], newest["comment_count"]) == ("A title", 1)
    ids = [each["id"] for each in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        ids += [each["id"] for each in page["results"]]
    assert len(ids) == len(set(ids))
    assert ids[-POSTS:] == [str(each.id) for each in reversed(blog(POSTS, SEED))]


def test_an_unknown_post_is_not_found(client: httpx.Client) -> None:
    post = f"/api/posts/{uuid4()}/"

    responses = [client.get(post), client.post(f"{post}comments/", json={"content": "Hello."})]

    assert [each.status_code for each in responses] == [HTTPStatus.NOT_FOUND] * 2


@pytest.mark.parametrize("data", BAD, ids=str)
def test_bad_input_is_rejected_and_nothing_is_stored(
    client: httpx.Client, post: str, data: Any
) -> None:
    response = client.post(f"{post}comments/", json=data)

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.json()
    assert client.get(post).json()["comments"] == []


def test_a_body_that_is_not_json_is_rejected(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}

    response = client.post("/api/posts/", content=b"{", headers=headers)

    assert response.status_code == HTTPStatus.BAD_REQUEST


def test_moderators_have_the_admin(client: httpx.Client) -> None:
    assert client.get("/admin/comparison/comment/").status_code == HTTPStatus.FOUND
    assert client.get("/admin/login/").status_code == HTTPStatus.OK


def test_it_is_one_program_with_one_database(one: Stack) -> None:
    assert list(one.leaders) == ["plain"]
    assert [path.name for path in one.box.var.glob("*.sqlite3")] == (
        [] if one.box.database != "sqlite" else ["default.sqlite3"]
    )


def test_a_paused_process_responds_once_it_is_resumed(one: Stack) -> None:
    one.pause()
    try:
        with pytest.raises(httpx.TimeoutException):
            httpx.get(f"{one.addresses['plain']}/api/posts/", timeout=0.3)
    finally:
        one.resume()

    assert httpx.get(f"{one.addresses['plain']}/api/posts/").status_code == HTTPStatus.OK
