"""Moderators at work in the admin, and where what they decide can be seen."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.test import Client

from comments.services import create_comment
from eventstore.models import Event
from posts.models import Post
from query.models import CommentView
from tests.histories import settle

QUEUE = "/admin/moderation/review/"
RULES = "/admin/moderation/rule/"


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def comment_on(post: Post, content: str, author: str = "Bob") -> UUID:
    comment = create_comment(post.id, author, content)
    settle()
    return comment.id


def page_of(comment_id: UUID) -> str:
    return f"{QUEUE}{comment_id}/change/"


def decide(client: Client, comment_id: UUID, button: str, why: str = "") -> Any:
    response = client.post(page_of(comment_id), {button: "x", "why": why})
    settle()
    return response


def decide_on(client: Client, action: str, *comments: UUID, why: str = "", **more: str) -> Any:
    data = {"action": action, "why": why, "_selected_action": [str(c) for c in comments], **more}
    response = client.post(QUEUE, data, follow=True)
    settle()
    return response


def shown(client: Client, **query: str) -> list[str]:
    response = client.get(QUEUE, query)
    assert response.status_code == 200
    return [review.content for review in response.context["cl"].result_list]


def on_the_page(comment_id: UUID) -> str:
    return CommentView.objects.get(id=comment_id).status


def published_decisions(comment_id: UUID) -> list[str]:
    events = Event.objects.filter(type="CommentModerated", subject=comment_id)
    return [event.data for event in events.order_by("position")]
