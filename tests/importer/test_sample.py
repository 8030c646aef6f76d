"""Histories of the sample: given a blog, when it is loaded, then these are there."""

from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from comments.services import delete_comment
from importer import sample
from importer.importing import MAX_AUTHOR, MAX_BODY, MAX_CONTENT, MAX_TITLE
from importer.sample import posts_of_sample
from moderation.models import Review
from moderation.services import decide
from posts.models import Post
from posts.services import create_post, delete_post
from query.models import CommentView, PostView
from tests.histories import settle
from tests.importer.exports import events

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def load() -> str:
    call_command("load_sample", stdout=(output := StringIO()))
    settle()
    return output.getvalue()


def test_an_empty_blog_reads_like_a_real_one(client: Client) -> None:
    assert "Added 20 posts and 163 comments." in load()
    statuses = Counter(CommentView.objects.values_list("status", flat=True))
    assert statuses == {"approved": 146, "pending": 8, "rejected": 9}
    assert CommentView.objects.exclude(parent_id=None).count() > 50
    assert len(set(PostView.objects.values_list("author", flat=True))) == 5 + 1
    assert "Nobody else was out." in client.get("/?q=rain").content.decode()

    long = PostView.objects.get(title__startswith="Two years with a cargo bike")
    page = client.get(f"/posts/{long.id}/", follow=True).content.decode()
    assert "I have watched you turn that thing" in page
    assert "2 comments are awaiting moderation." in page
    assert "ORANGES" not in page


def test_rules_and_people_decide() -> None:
    load()
    by = Counter(Review.objects.values_list("decided_by", "status"))
    assert by[("filter", "rejected")] == 3
    assert by[("mira", "rejected")] + by[("tomasz", "rejected")] == 6
    assert by[("mira", "approved")] + by[("tomasz", "approved")] == 3
    assert set(Review.objects.filter(decided_by="tomasz", status="rejected").values_list("reason"))
    shown = CommentView.objects.get(content__startswith="you people are idiots")
    assert (shown.status, shown.reason) == ("rejected", "Insulting")


def test_a_second_run_adds_nothing_and_leaves_what_was_done_since() -> None:
    load()
    first, *_ = posts_of_sample()
    delete_post(first.id)
    settle()
    gone = CommentView.objects.filter(author="Old Henrik").values_list("id", flat=True)[0]
    delete_comment(gone)
    spam = Review.objects.filter(decided_by="mira", status="rejected")[0]
    decide(spam.comment_id, "approved", decided_by="ann", seen=spam.seen)
    settle()
    before = events()
    assert "nothing was added" in load()
    assert events() == before
    assert Review.objects.get(pk=spam.pk).decided_by == "ann"


@pytest.mark.parametrize("step", ["create_post", "record_import", "create_comment", "decide"])
def test_an_interrupted_run_is_finished_by_the_next(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupted(*args: Any, **given: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sample, step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            load()
    load()
    assert Post.objects.count() == 20
    assert Counter(CommentView.objects.values_list("status", flat=True))["pending"] == 8


def test_a_blog_with_posts_of_its_own_is_left_alone() -> None:
    create_post("Mine", "")
    with pytest.raises(CommandError, match="This blog has posts already"):
        load()
    assert Post.objects.count() == 1


def test_each_fits_and_comes_in_order() -> None:
    for post in posts_of_sample():
        assert len(post.title) <= MAX_TITLE
        assert len(post.body) <= MAX_BODY
        for comment in post.comments:
            assert len(comment.author) <= MAX_AUTHOR
            assert len(comment.text) <= MAX_CONTENT
            assert comment.after < post.days * 24  # written before now
            if comment.to:
                parent = post.comments[comment.to - 1]
                assert parent.number < comment.number
                assert parent.after < comment.after
                assert parent.status == "approved"
