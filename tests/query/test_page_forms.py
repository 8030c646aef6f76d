"""The page's forms: errors, what they refuse, and the way back to what was written."""

from threading import BoundedSemaphore
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from comments.models import Comment
from posts import services as posts
from posts.models import Post
from query import freshness
from tests.histories import settle
from tests.pages import Page, get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "Give your post a title."),
        ("title", " \u200b ", "This has no visible text."),
        ("title", "x" * 201, "At most 200 characters are allowed; this has 201."),
        ("title", "a\0b", "ontrol characters are not allowed."),
        ("body", "x" * 20_001, "At most 20000 characters are allowed; this has 20001."),
    ],
)
def test_an_error_in_a_post_stands_next_to_its_field_and_what_was_typed_stays(
    client: Client, field: str, value: str, message: str
) -> None:
    typed = {"title": "My <title>", "body": "My\n<body>"} | {field: value}

    response = client.post("/posts/", typed)

    assert response.status_code == 400
    assert not Post.objects.exists()
    shown = Page(response.text)
    [wrong] = [e for e in shown.elements if e.attributes.get("aria-invalid")]
    assert wrong.attributes["name"] == field
    assert f"{field}-error" in wrong.attributes["aria-describedby"]
    assert message in shown.inside(f"{field}-error")
    _assert_summary(shown, wrong.attributes["id"], message)
    if field == "title":
        assert "".join(shown.find("textarea", name="body").raw).strip() == "My\n<body>"
    else:
        assert shown.find("input", name="title").attributes["value"] == "My <title>"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("content", "", "Write something."),
        ("content", "x" * 5_001, "At most 5000 characters are allowed; this has 5001."),
        ("author", "x" * 81, "At most 80 characters are allowed; this has 81."),
        ("author", "\u200b", "This has no visible text."),
    ],
)
def test_an_error_in_a_comment_stands_next_to_its_field_and_what_was_typed_stays(
    client: Client, post: Post, field: str, value: str, message: str
) -> None:
    typed = {"content": "My <words>", "author": "Me & you"} | {field: value}

    response = client.post(f"/posts/{post.id}/comments/", typed)

    assert response.status_code == 400
    assert not Comment.objects.exists()
    shown = Page(response.text)
    [wrong] = [e for e in shown.elements if e.attributes.get("aria-invalid")]
    assert wrong.attributes["name"] == field
    assert wrong.attributes["aria-describedby"].split()[0] == f"{field}-error"
    assert message in shown.inside(f"{field}-error")
    _assert_summary(shown, wrong.attributes["id"], message)
    if field == "content":
        assert shown.find("input", name="author").attributes["value"] == "Me & you"
    else:
        assert "".join(shown.find("textarea", name="content").raw).strip() == "My <words>"
    assert shown.all("a", href=f"/posts/{post.id}/")


def test_line_breaks_count_as_the_browser_counts_them(client: Client) -> None:
    body = "x\r\n" * 9_999 + "xx"  # 20,000 characters to a browser

    assert client.post("/posts/", {"title": "A title", "body": body}).status_code == 302


def test_the_fields_have_the_limits_of_the_models(client: Client, post: Post) -> None:
    shown = get(client, f"/posts/{post.id}/")
    listed = get(client, "/")

    for page, name, model in (
        (listed, "title", Post),
        (listed, "body", Post),
        (listed, "author", Post),
        (shown, "content", Comment),
        (shown, "author", Comment),
    ):
        [field] = [e for e in page.elements if e.attributes.get("name") == name]
        limit = getattr(model._meta.get_field(name), "max_length", None)
        assert field.attributes["maxlength"] == str(limit)
        assert ("required" in field.attributes) == (name in ("title", "content"))
        assert page.all("label", **{"for": field.attributes["id"]})


def test_no_two_elements_share_an_id(client: Client, post: Post) -> None:
    posts.create_post("Another", "A body")
    settle()

    ids = get(client, "/").ids("")

    assert len(set(filter(None, ids))) == len(list(filter(None, ids)))


def _assert_summary(shown: Page, field_id: str, message: str) -> None:
    [summary] = shown.all("div", role="alert")
    assert message in " ".join("".join(summary.raw).split())
    [link] = shown.all("a", href=f"#{field_id}")
    [label] = shown.all("label", **{"for": field_id})
    assert "".join(label.raw).startswith("".join(link.raw))
    assert shown.find("title").raw[0].startswith("Error: ")


def test_a_comment_on_a_post_that_does_not_exist_is_404(client: Client) -> None:
    response = client.post(f"/posts/{uuid4()}/comments/", {"content": "Hello?"})

    assert response.status_code == 404
    assert "This post does not exist." in Page(response.text).text
    assert not Comment.objects.exists()


def test_forms_are_only_for_posting(client: Client, post: Post) -> None:
    for address in ("/posts/", f"/posts/{post.id}/comments/"):
        assert client.get(address).status_code == 405


def test_a_form_of_elsewhere_is_refused_in_words(post: Post) -> None:
    client = Client(enforce_csrf_checks=True)

    for address in ("/posts/", f"/posts/{post.id}/comments/"):
        response = client.post(address, {"title": "A", "body": "B", "content": "C"})
        assert response.status_code == 403
        assert "Nothing was saved" in Page(response.text).text
    assert Post.objects.count() == 1


def test_the_token_of_the_page_opens_both_forms(post: Post) -> None:
    client = Client(enforce_csrf_checks=True)
    token = get(client, "/").all("input", name="csrfmiddlewaretoken")[0].attributes["value"]
    typed = {"title": "A", "body": "B", "content": "C", "csrfmiddlewaretoken": token}

    for address in ("/posts/", f"/posts/{post.id}/comments/"):
        assert client.post(address, typed).status_code == 302
        assert client.post(address, typed, headers={"origin": "http://evil"}).status_code == 403


def test_a_body_that_is_too_large_is_413_in_words(client: Client) -> None:
    response = client.post("/posts/", {"title": "A", "body": "x" * 1_100_000})

    assert response.status_code == 413
    assert "larger than 1,000,000 bytes" in Page(response.text).text


def test_a_host_that_is_not_ours_is_400_in_words(client: Client, settings: LazySettings) -> None:
    settings.SERVICE_URLS = dict.fromkeys(settings.SERVICE_URLS, "http://{host}:8000")

    response = client.get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "This request is malformed." in Page(response.text).text
    assert "evil" not in response.text


@pytest.fixture
def impatient(settings: LazySettings) -> None:
    settings.POSITION_WAIT = 0.01


def test_after_a_post_one_sees_ones_own_post(client: Client) -> None:
    response = client.post("/posts/", {"title": " A title ", "body": "One\r\ntwo"})
    settle()

    [written] = Post.objects.all()
    assert (written.title, written.body) == ("A title", "One\ntwo")
    to = urlsplit(response.headers["Location"])
    assert (response.status_code, to.path, to.fragment) == (302, "/", f"post-{written.id}")
    assert parse_qs(to.query) == {"min_position": [response.headers["X-Event-Position"]]}
    shown = get(client, f"{to.path}?{to.query}")
    assert "A title" in shown.inside(to.fragment)
    assert "does not show it yet" not in shown.text


def test_after_a_comment_one_sees_ones_own_comment(client: Client, post: Post) -> None:
    response = client.post(
        f"/posts/{post.id}/comments/", {"content": "A kind word", "author": "Ann"}
    )
    settle()

    [written] = Comment.objects.all()
    to = urlsplit(response.headers["Location"])
    assert (to.path, to.fragment) == (f"/posts/{post.id}/", f"comment-{written.id}")
    position = response.headers["X-Event-Position"]
    assert parse_qs(to.query) == {"comment": [str(written.id)], "min_position": [position]}
    assert "A kind word" in get(client, f"{to.path}?{to.query}").inside(to.fragment)


def test_who_gives_no_name_is_anonymous(client: Client, post: Post) -> None:
    client.post(f"/posts/{post.id}/comments/", {"content": "A kind word"})
    settle()

    assert "Anonymous" in get(client, "/").text


def test_a_late_page_has_a_notice_and_offers_a_reload(
    client: Client, post: Post, impatient: None
) -> None:
    for address in ("/", f"/posts/{post.id}/"):
        shown = get(client, f"{address}?min_position=99&x=%22%3E")
        assert "does not show it yet" in shown.text
        [notice] = shown.all("p", role="status")
        assert "reload to see it" in " ".join(notice.raw)
        assert shown.all("a", href=f"{address}?min_position=99&x=%22%3E")


def test_a_post_that_has_not_arrived_yet_is_no_404(client: Client, impatient: None) -> None:
    response = client.get(f"/posts/{uuid4()}/?min_position=99")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert "Not here yet" in Page(response.text).text


def test_the_page_waits_until_what_was_written_has_arrived(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POSITION_WAIT = 30
    response = client.post("/posts/", {"title": "A title", "body": "A body"})
    looks = []

    def sleep(_: float) -> None:
        looks.append(1)
        if len(looks) == 3:
            settle()

    monkeypatch.setattr("query.freshness.time.sleep", sleep)
    to = urlsplit(response.headers["Location"])

    assert "A title" in get(client, f"/?{to.query}").inside(to.fragment)
    assert len(looks) == 3


@pytest.mark.parametrize("position", ["", "x", "-1", "1.5", "²", "%00"])
def test_a_position_that_is_none_is_not_waited_for(client: Client, position: str) -> None:
    assert "does not show it yet" not in get(client, f"/?min_position={position}").text


def test_who_waits_for_nothing_leaves_threads_for_others(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.POSITION_WAIT = 30
    monkeypatch.setattr(freshness, "_waiting", BoundedSemaphore(1))

    with freshness._waiting:  # all that may wait do
        assert "does not show it yet" in get(client, "/?min_position=99").text
    monkeypatch.setattr("query.freshness.time.sleep", _no_patience)
    with pytest.raises(TimeoutError):  # and the next may again
        client.get("/?min_position=99")


def _no_patience(_: float) -> None:
    raise TimeoutError
