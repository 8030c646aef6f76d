"""The page's forms: an error stands next to its field, and what was typed is kept."""

import pytest
from django.test import Client

from comments.models import Comment
from posts import services as posts
from posts.models import Post
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
        ("body", "\n\n", "Write something."),
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
    assert wrong.attributes["aria-describedby"] == f"{field}-error"
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


def test_the_fields_say_what_the_models_allow(client: Client, post: Post) -> None:
    shown = get(client, f"/posts/{post.id}/")
    listed = get(client, "/")

    for page, name, model in (
        (listed, "title", Post),
        (listed, "body", Post),
        (shown, "content", Comment),
        (shown, "author", Comment),
    ):
        [field] = [e for e in page.elements if e.attributes.get("name") == name]
        limit = getattr(model._meta.get_field(name), "max_length", None)
        assert field.attributes["maxlength"] == str(limit)
        assert ("required" in field.attributes) == (name != "author")
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
