"""What a moderator sees of the comments in the admin, in which order, and how to find one."""

from typing import Any

import pytest
from django.test import Client

from moderation.models import Review, Rule
from posts.models import Post
from tests.moderation.moderating import QUEUE, decide, page_of, say, shown

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_what_waits_comes_first_then_the_newest(moderator: Client, post: Post) -> None:
    Rule.objects.create(term="maybe", match="word", action="hold")
    for content in ("maybe 1", "good 1", "maybe 2", "an orange", "good 2"):
        say(post, content)
    wanted = ["maybe 2", "maybe 1", "good 2", "an orange", "good 1"]
    assert shown(moderator) == wanted


def test_the_queue_is_filtered_and_searched(moderator: Client, post: Post) -> None:
    Rule.objects.create(term="maybe", match="word", action="hold")
    say(post, "maybe so", "Ann")
    orange = say(post, "an orange")
    say(post, "fine")
    decide(moderator, orange, "_approve", "a fruit after all")
    assert shown(moderator, status__exact="pending") == ["maybe so"]
    assert shown(moderator, matched_term="maybe") == ["maybe so"]
    assert shown(moderator, matched_term="") == ["fine"]
    assert shown(moderator, decided_by="mo") == ["an orange"]
    assert shown(moderator, decided_by="filter") == ["fine"]
    assert shown(moderator, decided_by="") == ["maybe so"]
    assert shown(moderator, created_at__gte="2100-01-01 00:00:00+00:00") == []
    for words, found in (("ann", "maybe so"), ("FINE", "fine"), ("fruit", "an orange")):
        assert shown(moderator, q=words) == [found]
    assert "(none)" in moderator.get(QUEUE).content.decode()


def test_the_queue_shows_reason_term_and_the_way_to_the_page(moderator: Client, post: Post) -> None:
    comment_id = say(post, f"<b>an orange {'x' * 200}", "<i>Eve")
    html = moderator.get(QUEUE).content.decode()
    assert "&lt;b&gt;an orange" in html
    assert "&lt;i&gt;Eve" in html
    assert "x" * 130 not in html
    assert "the rule “orange”" in html
    link = f"/posts/{post.id}/?comment={comment_id}#comment-{comment_id}"
    assert f'href="{link}"' in html
    assert f'href="{link}"' in moderator.get(page_of(comment_id)).content.decode()
    assert moderator.get(link).status_code == 200


def test_where_the_page_has_another_origin_the_link_goes_there(
    moderator: Client, post: Post, settings: Any
) -> None:
    comment_id = say(post, "fine")
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "query": "http://{host}:8000"}
    html = moderator.get(page_of(comment_id)).content.decode()
    assert f'href="http://testserver:8000/posts/{post.id}/' in html


def test_who_held_a_comment_is_shown_though_nothing_is_decided(
    moderator: Client, post: Post
) -> None:
    """As an import does."""
    comment_id = say(post, "fine")
    held = {"status": "pending", "decided_by": "import", "decided_at": None}
    Review.objects.filter(comment_id=comment_id).update(**held)
    assert "import<br>" in moderator.get(QUEUE).content.decode()
