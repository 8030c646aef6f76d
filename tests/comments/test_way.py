"""A comment's way: from the form to the page."""

import pytest
from django.test import Client

from comments import services as comments
from posts import services as posts
from query.models import CommentView
from tests.histories import settle

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_comment_is_approved_and_shown() -> None:
    post = posts.create_post("A title", "A body")
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    assert CommentView.objects.get(id=comment.id).status == "approved"


def test_the_orange_one_is_rejected(client: Client) -> None:
    post = posts.create_post("A title", "A body")
    comment = comments.create_comment(post.id, "Ann", "I like Oranges")
    settle()
    assert CommentView.objects.get(id=comment.id).status == "rejected"
    shown = client.get(f"/api/query/posts/{post.id}/").json()
    assert shown["comments"][0]["content"] == ""
