"""What the page's forms refuse, and in which words."""

from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from comments.models import Comment
from posts.models import Post
from tests.pages import Page, get

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


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
