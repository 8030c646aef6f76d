"""Histories of an import: given this export, when it is imported, then these are there."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import ManagementUtility
from django.core.management.base import CommandError
from django.db import OperationalError
from django.db.models import Field, Model
from django.test import Client

from comments.models import Comment
from comments.services import delete_comment
from eventstore.models import Event
from importer import importing
from moderation.models import Review
from moderation.services import decide
from posts.models import Post
from posts.services import delete_post
from query.models import CommentView, PostView
from tests.away import Away
from tests.away import away as away
from tests.histories import settle
from tests.importer.exports import BLOG, comment, events, import_text, item, wxr

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_a_blog_is_imported_with_dates_authors_and_statuses(file: Path) -> None:
    report = import_text(file, BLOG)
    post = PostView.objects.get(title="Tom & Jo")
    assert (post.body, post.author) == ("One.\n\nTwo.", "Ann Other")
    assert post.created_at == datetime(2010, 10, 5, 7, 27, 25, tzinfo=UTC)
    rows = CommentView.objects.filter(post_id=post.id).values_list("content", "author", "status")
    assert set(rows) == {
        ("Waits", "Bob", "pending"),
        ("An orange, approved there", "Bob", "approved"),
        ("Buy **now**", "Anonymous", "rejected"),
        ("Gone", "Bob", "rejected"),
        ("[...] as Ann said [...]", "Bob", "approved"),
    }
    date = CommentView.objects.values_list("created_at", flat=True).first()
    assert date == datetime(2010, 10, 6, 10, tzinfo=UTC)
    assert report["posts imported"] == "2"
    assert report["comments imported"] == "5"
    assert report["of these: rejected"] == "2"


def test_each_status_is_the_imports_decision(file: Path) -> None:
    import_text(file, BLOG)
    assert events() == Counter(
        PostCreated=2, CommentCreated=5, CommentModerated=4, CommentUpdated=4
    )
    assert set(Review.objects.values_list("decided_by", flat=True)) == {"import"}
    assert set(Review.objects.values_list("matched_term", flat=True)) == {""}


def test_what_waits_is_held_for_a_person(file: Path) -> None:
    import_text(file, BLOG)
    review = Review.objects.get(status="pending")
    decide(review.comment_id, "approved", decided_by="mo")
    settle()
    assert CommentView.objects.get(id=review.comment_id).status == "approved"


def test_a_second_run_adds_nothing(file: Path) -> None:
    import_text(file, BLOG)
    before = events()
    report = import_text(file, BLOG.replace("https://blog.example<", "http://blog.example/<"))
    assert events() == before
    assert report["posts imported"] == report["comments imported"] == "0"
    assert report["posts already there"] == "2"
    assert report["comments already there"] == "5"


def test_a_second_run_adds_what_is_new_and_leaves_later_decisions(file: Path) -> None:
    import_text(file, wxr(item(1, comment(1, "First"))))
    decide(Review.objects.get().comment_id, "rejected", decided_by="mo")
    report = import_text(file, wxr(item(1, comment(1, "First"), comment(2, "Second")), item(2)))
    assert (report["posts imported"], report["comments imported"]) == ("1", "1")
    statuses = CommentView.objects.values_list("content", "status")
    assert set(statuses) == {("First", "rejected"), ("Second", "approved")}


def test_the_same_ids_of_another_blog_are_others(file: Path) -> None:
    import_text(file, wxr(item(1, comment(1))))
    import_text(file, wxr(item(1, comment(1)), site="https://other.example"))
    assert (Post.objects.count(), Comment.objects.count()) == (2, 2)


def test_what_was_deleted_here_stays_deleted(file: Path) -> None:
    blog = wxr(item(1, comment(1)), item(2, comment(2), comment(3, "Stays")))
    import_text(file, blog)
    first, second = Post.objects.order_by("title", "id")
    delete_post(first.id)
    delete_comment(Comment.objects.filter(post_id=second.id).order_by("id")[0].id)
    settle()
    left = set(PostView.objects.values_list("id")), set(CommentView.objects.values_list("id"))
    report = import_text(file, blog)
    assert report["items skipped: deleted here"] == "1"
    assert left == (
        set(PostView.objects.values_list("id")),
        set(CommentView.objects.values_list("id")),
    )


@pytest.mark.parametrize("step", ["create_post", "record_import", "create_comment"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("batch", [1, 4])
def test_an_interrupted_run_is_finished_by_the_next(
    file: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool, batch: int
) -> None:
    real, calls = getattr(importing, step), []

    def interrupted(*args: Any, **given: Any) -> Any:
        calls.append(args)
        result = real(*args, **given) if after or len(calls) == 1 else None
        if len(calls) == 2:
            raise OperationalError("the disk\nis full")
        return result

    with monkeypatch.context() as patch:
        patch.setattr(importing, step, interrupted)
        patch.setattr(importing, "BATCH", batch)
        with pytest.raises(CommandError, match=r"\(the disk\): .* Then run this command again"):
            import_text(file, BLOG)
    import_text(file, BLOG)
    assert events() == Counter(
        PostCreated=2, CommentCreated=5, CommentModerated=4, CommentUpdated=4
    )
    statuses = Counter(CommentView.objects.values_list("status", flat=True))
    assert statuses == Counter(pending=1, approved=2, rejected=2)


def test_an_unknown_status_waits_for_a_person(file: Path) -> None:
    import_text(file, wxr(item(1, comment(approved="feedback"))))
    assert CommentView.objects.get().status == "pending"


def test_an_empty_export_is_fine(file: Path) -> None:
    assert import_text(file, wxr())["posts imported"] == "0"


def test_nothing_that_was_not_public_is_imported(file: Path, client: Client) -> None:
    report = import_text(
        file,
        wxr(
            item(1, title="Public"),
            *(
                item(2 + n, comment(n, "Secret"), title="Secret", content="Secret", status=status)
                for n, status in enumerate(["draft", "private", "future", "pending", "trash", ""])
            ),
            item(20, comment(20, "Secret"), title="Secret", password="enter"),
            *(
                item(30 + n, title="Secret", kind=kind)
                for n, kind in enumerate(["page", "attachment", "nav_menu_item", "revision", ""])
            ),
        ),
    )
    assert Post.objects.get().title == "Public"
    assert not Event.objects.filter(data__contains="Secret").exists()
    assert not Review.objects.exists()
    assert "Secret" not in client.get("/").content.decode()
    for reason in ("draft", "private", "future", "password-protected", "page", "menu item"):
        assert report[f"items skipped: {reason}"] == "1"
    assert report["comments skipped: on what was skipped"] == "7"


def test_editors_notes_and_empty_comments_stay_out(file: Path) -> None:
    comments = comment(1, "A note", kind="note"), comment(2, "<hr>"), comment(3)
    report = import_text(file, wxr(item(1, *comments)))
    assert Comment.objects.get().content == "A comment"
    assert report["comments skipped: note"] == report["comments skipped: without text"] == "1"


def test_texts_are_cut_to_their_limits(file: Path) -> None:
    report = import_text(
        file,
        wxr(
            item(1, title="", content="<hr>"),
            item(
                2,
                comment(1, "c" * 5001, author="b" * 81),
                comment(2, "d" * 5000),
                title="t" * 201,
                content="p" * 20_001,
            ),
        ),
    )
    assert Post.objects.filter(title="(no title)", body="(no text)").exists()
    for row in (*Post.objects.all(), *Comment.objects.all()):
        row.full_clean()
    assert Post.objects.get(title="t" * 199 + "…").body == "p" * 19_999 + "…"
    for what in ("post titles", "post texts", "authors' names", "comment texts"):
        assert report[f"cut to their limit: {what}"] == "1"


def test_the_limits_are_those_of_the_models() -> None:
    assert max_length(Post, "title") == importing.MAX_TITLE
    assert max_length(Post, "body") == importing.MAX_BODY
    assert max_length(Post, "author") == max_length(Comment, "author") == importing.MAX_AUTHOR
    assert max_length(Comment, "content") == importing.MAX_CONTENT


def max_length(model: type[Model], name: str) -> int | None:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)
    return field.max_length


KINDS = ("kept as plain text: ", "left out: ")


def test_what_could_not_be_kept_is_counted(file: Path) -> None:
    others = """<category domain="category" nicename="a">A</category>
        <category domain="post_tag" nicename="b">B</category>
        <wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key></wp:postmeta>
        <wp:postmeta><wp:meta_key>_edit_last</wp:meta_key></wp:postmeta>
        <wp:postmeta><wp:meta_key>mood</wp:meta_key></wp:postmeta>"""
    content = """<b>A</b> <a href="/x">link</a> <img src="/y.png"> <u>B</u> <a href="ftp://a/">c</a>
        [gallery ids="1"] [gallery]"""
    post = item(
        1,
        comment(1, '<a href="https://a.example">mine</a>', url="https://bob.example"),
        comment(2, parent=9),
        content=content,
        others=others,
        link="https://blog.example/2010/one/",
    )
    report = import_text(file, wxr(post))
    assert {what: number for what, number in report.items() if what.startswith(KINDS)} == {
        "kept as plain text: links": "1",
        "kept as plain text: underlines": "1",
        "left out: [gallery]": "2",
        "left out: categories": "1",
        "left out: tags": "1",
        "left out: featured images": "1",
        "left out: custom fields": "1",
        "left out: web sites of commenters": "1",
        "left out: parents of comments, which are not here": "1",
    }
    image = "![](https://blog.example/y.png)"
    assert Post.objects.get().body == (
        f"**A** [link](https://blog.example/x) {image} B c (ftp://a/)"
    )
    assert Comment.objects.filter(content="[mine](https://a.example)").exists()


def test_what_is_imported_is_shown_formatted(file: Path, client: Client) -> None:
    content = '<b>A</b> <a href="https://a.example">link</a> <code>*x*</code> <img src="/y.png">'
    quote = comment(1, f"<blockquote>{content}</blockquote>")
    import_text(file, wxr(item(1, quote, content=content)))
    page = client.get(f"/posts/{Post.objects.get().id}/", follow=True).text
    assert page.count("<strong>A</strong>") == page.count("<code>*x*</code>") == 2
    assert page.count('<a href="https://a.example" rel="nofollow ugc noopener">link</a>') == 2
    assert page.count('<img src="https://blog.example/y.png"') == page.count("<blockquote>") == 1


def test_a_text_is_cut_at_a_line(file: Path) -> None:
    import_text(file, wxr(item(1, content="a word <b>bold</b>\n" * 1_500)))
    assert Post.objects.get().body.endswith("\na word **bold**…")


def test_threads_arrive_with_their_parents(file: Path) -> None:
    comments = (
        comment(5, "The first"),
        comment(6, "A reply", parent=5),
        comment(7, "A reply to a reply", parent=6),
        comment(8, "A note", kind="note", parent=6),
        comment(9, "A reply to what is left out", parent=8),
        comment(3, "Earlier number, later place", parent=10),
        comment(10, "Its parent"),
        comment(11, "A circle", kind="note", parent=12),
        comment(12, "A circle", kind="note", parent=11),
        comment(13, "To a circle", parent=11),
        comment(14, "To itself", parent=14),
    )
    blog = wxr(item(1, *comments), item(2, comment(15, "To another post's", parent=5)))
    import_text(file, blog)
    texts = dict(Comment.objects.values_list("id", "content"))
    parents = Comment.objects.exclude(parent_id=None).values_list("content", "parent_id")
    assert {content: texts[parent] for content, parent in parents if parent} == {
        "A reply": "The first",
        "A reply to a reply": "A reply",
        "A reply to what is left out": "A reply",
        "Earlier number, later place": "Its parent",
    }
    published = Event.objects.filter(type="CommentUpdated", data__contains="parent_id").count()
    assert published == 4


@pytest.mark.parametrize("text", [BLOG[:-20], "<!DOCTYPE rss><rss/>", "<html/>"])
def test_a_bad_file_is_one_line_and_nothing_is_written(
    file: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file.write_text(text)
    with pytest.raises(SystemExit) as exited:
        ManagementUtility(["manage.py", "import_wxr", str(file)]).execute()
    out, err = capsys.readouterr()
    assert exited.value.code == 1
    assert (out, err.count("\n")) == ("", 1)
    assert str(file) in err
    assert not Post.objects.exists()
    assert not Event.objects.exists()


def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        ManagementUtility(["manage.py", "import_wxr"]).execute()
    assert exited.value.code == 2


def test_an_import_without_its_database(away: Away, file: Path) -> None:
    with away("posts"), pytest.raises(CommandError) as error:
        import_text(file, wxr(item(1)))
    assert "does not answer (connection refused): is it running" in str(error.value)
    assert str(error.value).endswith(
        "? Then run this command again: it continues where it stopped."
    )
