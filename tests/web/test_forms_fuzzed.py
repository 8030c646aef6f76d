"""The page's forms with any input: what is accepted is on the page as it was typed."""

from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from comments.models import Comment
from moderation.models import Rule
from posts.models import Post
from tests.fuzzing import examples
from tests.histories import settle
from tests.pages import Page, get
from web.markdown import render

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
KINDS = (
    st.just("application/x-www-form-urlencoded")
    | st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; charset=nobody-knows",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=x; charset=utf-7",
            "multipart/form-data",
            "multipart/form-data; boundary=" + "x" * 300,
            "application/json",
            "",
        ]
    )
    | HEADER
)
BYTES = st.binary(max_size=200)
PART = b"Content-Disposition: form-data"


@st.composite
def parts(draw: st.DrawFn) -> bytes:
    """Nearly a form in parts, with the boundary x."""
    body = b""
    for _ in range(draw(st.integers(0, 4))):
        head = draw(
            st.sampled_from(
                [
                    PART + b'; name="title"',
                    PART + b'; name="content"; filename="a.txt"',
                    PART + b"; name*=utf-8''body",
                    PART + b'; name="body"\r\nContent-Transfer-Encoding: base64',
                    b"",
                ]
            )
            | BYTES
        )
        body += (
            b"--x\r\n" + head + b"\r\n\r\n" + draw(BYTES) + draw(st.sampled_from([b"\r\n", b""]))
        )
    return body + draw(st.sampled_from([b"--x--\r\n", b"--x--", b"--x", b""]))


@st.composite
def fields(draw: st.DrawFn) -> bytes:
    """Nearly a form's fields."""
    pair = st.builds(
        lambda name, text: name + b"=" + text,
        st.sampled_from([b"title", b"body", b"content", b"author", b"csrfmiddlewaretoken"]) | BYTES,
        BYTES | st.sampled_from([b"A+word", b"%00", b"%ff", b"%u1234", b"%"]),
    )
    sound = st.sampled_from([b"title=A&body=word", b"content=A+word"])
    return b"&".join(draw(st.lists(pair | sound, max_size=5)))


NAMES = ["COOKIE", "HOST", "REFERER", "ORIGIN", "ACCEPT", "X_CORRELATION_ID", "AUTHORIZATION"]
NAMES += ["X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_CSRFTOKEN", "CONTENT_ENCODING", "RANGE"]
COOKIES = st.sampled_from(["sessionid", "csrftoken", "own_comments", "messages", ""])
COOKIE = st.builds("{}={}; {}={}".format, COOKIES, HEADER, COOKIES, HEADER)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
MARKUP = st.lists(
    st.sampled_from(["<b>", "</div>", "&amp;", "&", "{{ x }}", '"', "'", "\r", "\n", "<!--", "]]>"])
    | TEXT,
    max_size=5,
).map("".join)
TYPED = TEXT | MARKUP
ANSWERS = {200, 302, 303, 400, 403, 404, 405, 413, 415, 429}


@pytest.fixture(autouse=True)
def _no_rules(transactional_db: None) -> None:
    Rule.objects.all().delete()


@pytest.fixture
def client() -> Client:
    """A server error is an answer here, and not raised."""
    return Client(raise_request_exception=False)


def as_kept(typed: str) -> str:
    """Without white space around it, line breaks as ``\\n``."""
    return typed.strip().replace("\r\n", "\n").replace("\r", "\n")


def raw(page: Page, inside: str, **attributes: str) -> str:
    """The text, as it stands, of the one such element."""
    return "".join(page.find(inside, **attributes).raw)


@examples(40)
@given(title=TYPED, body=TYPED)
def test_a_post_is_on_the_page_as_it_was_typed(client: Client, title: str, body: str) -> None:
    cache.clear()
    before = Post.objects.count()
    response = client.post("/posts/", {"title": title, "body": body})
    if response.status_code == 400:
        assert Post.objects.count() == before
        assert Page(response.text).all("textarea", name="body")
        return
    assert response.status_code == 302
    settle()
    post = response.headers["Location"].rpartition("#post-")[2]
    page = get(client, f"/posts/{post}/")
    assert raw(page, "h1") == as_kept(title)
    assert render(as_kept(body), images=True) in page.html


@examples(40)
@given(content=TYPED, author=TYPED)
def test_a_comment_is_on_the_page_as_it_was_typed(
    client: Client, post: Post, content: str, author: str
) -> None:
    cache.clear()
    before = Comment.objects.count()
    response = client.post(f"/posts/{post.id}/comments/", {"content": content, "author": author})
    if response.status_code == 400:
        assert Comment.objects.count() == before
        return
    assert response.status_code == 302
    settle()
    comment = UUID(response.headers["Location"].rpartition("#comment-")[2])
    shown = client.get(f"/api/query/posts/{post.id}/comments/?limit=1000").json()["results"]
    [said] = [each for each in shown if each["id"] == str(comment)]
    wanted = (as_kept(content), as_kept(author) or "Anonymous")
    assert (said["content"], said["author"]) == wanted
    page = get(client, f"/posts/{post.id}/?comment={comment}")
    [element] = [e for e in page.elements if e.attributes.get("id") == f"comment-{comment}"]
    assert wanted[1] in "".join(element.raw)
    assert render(wanted[0]) in page.html
    Comment.objects.all().delete()


@examples(150)
@given(
    method=st.sampled_from(["POST"] * 9 + ["GET", "PUT", "HEAD"]),
    path=st.sampled_from(["/posts/", "comments", "/posts/x/comments/", "comments"]),
    kind=KINDS,
    body=parts() | fields() | BYTES,
    headers=st.dictionaries(st.sampled_from(NAMES), HEADER, max_size=3),
    cookie=COOKIE,
    guarded=st.sampled_from([False, False, True]),
)
def test_any_request_gets_a_response(
    post: Post,
    method: str,
    path: str,
    kind: str,
    body: bytes,
    headers: dict[str, str],
    cookie: str,
    guarded: bool,
) -> None:
    cache.clear()
    client = Client(raise_request_exception=False, enforce_csrf_checks=guarded)
    path = f"/posts/{post.id}/comments/" if path == "comments" else path
    given = {"HTTP_COOKIE": cookie} | {f"HTTP_{name}": value for name, value in headers.items()}
    response = client.generic(method, path, body, kind, **given)  # type: ignore[arg-type]
    assert response.status_code in ANSWERS
    assert response.status_code != 200 or method in ("GET", "HEAD")
