"""A service's database is lost and made anew, empty."""

import pytest
from django.apps import apps
from django.test import Client

from comments import services as comments
from comments.models import Comment
from eventstore.models import Event
from moderation import services as moderation
from moderation.models import Review, Rule
from posts.models import Post
from tests.eventstore.crowd import Field
from tests.histories import settle


def lose(service: str) -> None:
    """All that it knows; its tables are there again, as its migrations make them."""
    rules = list(Rule.objects.all())
    for model in apps.get_app_config(service).get_models():
        model._default_manager.all().delete()
    Rule.objects.bulk_create(rules, ignore_conflicts=True)


def test_the_page_has_its_tables_again_and_all_its_rows_however_many_workers_there_are(
    field: Field,
) -> None:
    post, comment, _ = field.alone("opening")
    assert "query_postview" in field.alone("losing")
    positions = field.together(*(("sweeper", "query") for _ in range(3)))
    settled = field.alone("settled", post)
    head = settled["log"][-1][0]
    assert positions == [head] * 3
    assert settled["known"][post]["shown"] == [[comment, "A kind word", "approved"]]


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("service", ["posts", "comments", "moderation", "query"])
def test_nobody_says_again_what_they_said(client: Client, post: Post, service: str) -> None:
    for word in ("Kind", "Oranges", "Cheap"):
        comments.create_comment(post.id, "Ann", word)
    settle()
    cheap = Comment.objects.get(content="Cheap").id
    moderation.decide(cheap, "rejected", decided_by="a person", reason="an advertisement")
    settle()
    said, shown = Event.objects.count(), client.get("/api/query/posts/").json()

    lose(service)
    settle()
    assert Event.objects.count() == said
    assert client.get("/api/query/posts/").json() == shown
    if service == "moderation":
        assert Review.objects.count() == 3
        review = Review.objects.get(comment_id=cheap)
        assert (review.status, review.decided_by) == ("rejected", "a person")


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_decision_that_a_rule_would_not_make_now_is_not_made_anew(post: Post) -> None:
    """It was held then, and a person rejected it; no rule would hold it today."""
    Rule.objects.create(term="odd", action="hold", match="word")
    odd = comments.create_comment(post.id, "Ann", "Odd")
    settle()
    moderation.decide(odd.id, "rejected", decided_by="a person")
    settle()
    Rule.objects.filter(term="odd").delete()
    lose("moderation")
    settle()
    odd.refresh_from_db()
    assert odd.status == "rejected"
