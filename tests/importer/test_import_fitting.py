"""What of an export does not come in, or not as it was, and what is told of it."""

from pathlib import Path

import pytest
from django.core.management import ManagementUtility
from django.db.models import Field, Model
from django.test import Client

from comments.models import Comment
from eventstore.models import Event
from importer import texts
from moderation.models import Review
from posts.models import Post
from tests.importer.imported import BLOG, bring_in
from tests.importer.wxrfiles import comment, item, wxr

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def test_nothing_that_was_not_public_comes_in(file: Path, client: Client) -> None:
    said = bring_in(
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
        assert said[f"items skipped: {reason}"] == "1"
    assert said["comments skipped: on what was skipped"] == "7"


def test_editors_notes_and_empty_comments_stay_out(file: Path) -> None:
    comments = comment(1, "A note", kind="note"), comment(2, "<img src=x>"), comment(3)
    said = bring_in(file, wxr(item(1, *comments)))
    assert Comment.objects.get().content == "A comment"
    assert said["comments skipped: note"] == said["comments skipped: without text"] == "1"


def test_texts_are_made_fit(file: Path) -> None:
    said = bring_in(
        file,
        wxr(
            item(1, title="", content="<img src='x.png'>"),
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
        assert said[f"cut to their limit: {what}"] == "1"


def test_the_limits_are_those_of_the_models() -> None:
    assert max_length(Post, "title") == texts.TITLE
    assert max_length(Post, "body") == texts.BODY
    assert max_length(Post, "author") == max_length(Comment, "author") == texts.AUTHOR
    assert max_length(Comment, "content") == texts.CONTENT


def max_length(model: type[Model], name: str) -> int | None:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)
    return field.max_length


def test_two_items_of_one_number_are_told(file: Path) -> None:
    said = bring_in(file, wxr(item(1, title="One"), item(1, title="Two")))
    assert Post.objects.get().title == "One"
    assert said["items skipped: with the id of another"] == "1"


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
