"""A COMMIT that the database did and whose response was lost: the sender sends again, and there is
one. Real processes, on each kind of database."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from lab.cable import Cable
from tests.own import command, databases, environment
from tests.pages import Page
from tests.running import SECONDS, served

pytestmark = pytest.mark.xdist_group("lost commits")  # its processes are started once

POST = {"title": "A title", "body": "A body"}
KINDS = ("sqlite", "postgresql", "mariadb")
# SQLite has no connection that could break.
on_servers = pytest.mark.parametrize("service", KINDS[1:], indirect=True)


class Posts(NamedTuple):
    """The posts service; ``cable`` leads to its database, but for SQLite's."""

    client: httpx.Client
    cable: Cable

    def titles(self) -> list[str]:
        return [post["title"] for post in self.client.get("/api/posts/").json()["results"]]

    def send(self, **headers: str) -> httpx.Response:
        return self.client.post("/api/posts/", json=POST, headers=headers)


@pytest.fixture(scope="module", params=KINDS)
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Posts]:
    folder = tmp_path_factory.mktemp("posts")
    with ExitStack() as opened:
        url = opened.enter_context(databases(request.param, folder))
        cable, variables = Cable(url.format(alias="posts")), {"DATABASE_URL": url}
        opened.enter_context(cable)
        if request.param != "sqlite":
            variables["POSTS_DATABASE_URL"] = cable.through(url.format(alias="posts"))
        env = environment(folder, SERVICES="posts", THROTTLE_WRITES="", **variables)
        for alias in ("default", "eventstore", "posts"):
            command(env, "manage.py", "migrate", "--database", alias)
        port = opened.enter_context(served(env))
        base = f"http://127.0.0.1:{port}"
        yield Posts(opened.enter_context(httpx.Client(base_url=base, timeout=SECONDS)), cable)


@on_servers
def test_a_lost_commit_is_no_second_post(service: Posts) -> None:
    before, key = service.titles(), {"Idempotency-Key": str(uuid4())}
    service.cable.lose_next_commit()

    lost = service.send(**key)
    assert lost.status_code == 503
    assert "may have been saved" in lost.json()["detail"]
    assert "same Idempotency-Key is safe" in lost.json()["detail"]
    assert "Nothing" not in lost.json()["detail"]
    assert service.titles() == ["A title", *before]

    again, third = service.send(**key), service.send(**key)
    assert again.status_code == 201
    assert again.json() == third.json()
    assert int(again.headers["X-Event-Position"]) > 0
    assert third.headers["X-Event-Position"] == again.headers["X-Event-Position"]
    assert service.titles() == ["A title", *before]


@on_servers
def test_without_a_key_the_503_advises_to_look_first(service: Posts) -> None:
    service.cable.lose_next_commit()
    lost = service.send()
    assert lost.status_code == 503
    assert "may have been saved: look before you send it again" in lost.json()["detail"]


@on_servers
def test_what_failed_before_the_commit_was_not_saved(service: Posts) -> None:
    before, key = service.titles(), {"Idempotency-Key": str(uuid4())}
    service.cable.cut()
    refused = service.send(**key)
    service.cable.restore()
    assert refused.status_code == 503
    assert "Nothing was saved by this request." in refused.json()["detail"]
    assert service.titles() == before
    assert service.send(**key).status_code == 201
    assert service.titles() == ["A title", *before]


@on_servers
def test_a_form_whose_commit_was_lost_is_shown_again_and_pressed_again_makes_one(
    service: Posts,
) -> None:
    before, form = service.titles(), {**POST, "idempotency_key": uuid4().hex}
    form["csrfmiddlewaretoken"] = service.client.cookies["csrftoken"] = "t" * 32
    service.cable.lose_next_commit()

    lost = service.client.post("/posts/", data=form)
    assert lost.status_code == 503
    page = Page(lost.text)
    assert "may have been saved. Sending it again is safe" in page.text
    assert "Your post may not be saved yet" in page.text
    fields = page.all("input", name="idempotency_key")
    assert [field.attributes["value"] for field in fields] == [form["idempotency_key"]]

    again, third = [service.client.post("/posts/", data=form) for _ in range(2)]
    assert again.status_code == 302
    assert "min_position=" in again.headers["Location"]
    assert third.headers["Location"] == again.headers["Location"]
    assert service.titles() == ["A title", *before]


def test_of_simultaneous_requests_with_one_key_one_is_done(service: Posts) -> None:
    for _ in range(5):
        before, key = service.titles(), {"Idempotency-Key": str(uuid4())}
        with ThreadPoolExecutor(4) as threads:
            responses = list(threads.map(lambda _, key=key: service.send(**key), range(4)))
        assert {response.status_code for response in responses} == {201}
        assert len({json.dumps(response.json()) for response in responses}) == 1
        assert len({response.headers["X-Event-Position"] for response in responses}) == 1
        assert service.titles() == ["A title", *before]


def test_a_second_form_of_a_double_click_leads_to_the_same_post(service: Posts) -> None:
    before, form = service.titles(), {**POST, "idempotency_key": uuid4().hex}
    form["csrfmiddlewaretoken"] = service.client.cookies["csrftoken"] = "t" * 32

    def click(_: int) -> Any:
        return service.client.post("/posts/", data=form)

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(click, range(2))
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert service.titles() == ["A title", *before]
