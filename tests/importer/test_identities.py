"""Exports with ids that are not unique: nothing is lost, and a second run adds nothing."""

from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from comments.models import Comment
from comments.services import create_comment, delete_comment
from importer.wxr import open_export
from moderation.services import record_import
from posts.models import Post
from posts.services import create_post, delete_post, update_post
from tests.histories import settle
from tests.importer.exports import comment, events, export_of, import_text, item, wxr

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

SEPTEMBER = "2010-09-01 10:00:00"


def titles() -> list[str]:
    return sorted(Post.objects.values_list("title", flat=True))


def contents() -> list[str]:
    return sorted(Comment.objects.values_list("content", flat=True))


def assert_a_second_run_adds_nothing(file: Path, *orders: str) -> None:
    before = events()
    for text in orders:
        report = import_text(file, text)
        assert (report["posts imported"], report["comments imported"]) == ("0", "0")
    assert events() == before


@pytest.mark.parametrize("guid", [None, "", "https://blog.example/?p=0"])
@pytest.mark.parametrize("links", [True, False])
def test_posts_that_all_have_the_number_0(file: Path, guid: str | None, links: bool) -> None:
    posts = [
        item(
            0,
            comment(1, f"On {n}"),
            title=f"Post {n}",
            content=f"Text {n}",
            guid=f"https://blog.example/{n}" if guid is None else guid,
            link=f"https://blog.example/{n}/" if links else "",
        )
        for n in range(3)
    ]
    import_text(file, wxr(*posts))
    assert titles() == ["Post 0", "Post 1", "Post 2"]
    assert contents() == ["On 0", "On 1", "On 2"]
    assert {post.body.split()[-1] for post in Post.objects.all()} == {"0", "1", "2"}
    assert_a_second_run_adds_nothing(file, wxr(*posts), wxr(*reversed(posts)), wxr(posts[1]))


@pytest.mark.parametrize("guid", ["", "https://blog.example/?p=0"])
def test_posts_that_only_their_texts_tell_apart(file: Path, guid: str) -> None:
    posts = [item(0, title="", content=f"Text {n}", guid=guid) for n in range(3)]
    import_text(file, wxr(*posts))
    assert Post.objects.count() == 3
    assert_a_second_run_adds_nothing(file, wxr(*posts), wxr(*reversed(posts)))


def test_numbers_that_are_those_of_an_earlier_file(file: Path) -> None:
    first = item(1, comment(1, "On one"), title="One", guid="https://blog.example/one")
    second = item(
        1, comment(1, "On two"), title="Two", guid="https://blog.example/two", gmt=SEPTEMBER
    )
    import_text(file, wxr(first))
    import_text(file, wxr(second))
    assert titles() == ["One", "Two"]
    assert contents() == ["On one", "On two"]
    assert_a_second_run_adds_nothing(file, wxr(first), wxr(second), wxr(second, first))


def test_comments_that_are_numbered_anew_on_each_post(file: Path) -> None:
    posts = [
        item(n, *(comment(m, f"{m} on {n}") for m in (1, 2, 3)), title=f"Post {n}") for n in (1, 2)
    ]
    import_text(file, wxr(*posts))
    assert contents() == ["1 on 1", "1 on 2", "2 on 1", "2 on 2", "3 on 1", "3 on 2"]
    assert_a_second_run_adds_nothing(file, wxr(*posts), wxr(*reversed(posts)))


def test_comments_that_all_have_one_number(file: Path) -> None:
    dates = ("2010-10-06 10:00:00", "2010-10-06 11:00:00")
    comments = [comment(0, f"{n} at {gmt}", gmt=gmt) for n in (1, 2) for gmt in dates]
    import_text(file, wxr(item(1, *comments)))
    assert Comment.objects.count() == 4
    assert_a_second_run_adds_nothing(
        file, wxr(item(1, *comments)), wxr(item(1, *reversed(comments)))
    )


def test_comments_that_have_one_number_and_date_in_parts_of_an_export(file: Path) -> None:
    first, second = comment(0, "<b>The first</b>"), comment(0, "The second", author="Cleo")
    import_text(file, wxr(item(1, second)))
    import_text(file, wxr(item(1, first, second)))
    assert contents() == ["**The first**", "The second"]
    assert_a_second_run_adds_nothing(
        file, wxr(item(1, first)), wxr(item(1, second)), wxr(item(1, second, first))
    )


def test_a_blog_that_has_come_to_https_is_the_same(file: Path) -> None:
    old = wxr(item(1, comment(1), link="http://blog.example/1/", guid="http://blog.example/?p=1"))
    import_text(file, old)
    assert_a_second_run_adds_nothing(file, old.replace("http://blog.", "https://blog."))


def test_what_stands_in_the_file_twice_is_imported_once(file: Path) -> None:
    post = item(1, comment(1, "First"))
    more = item(1, comment(1, "First"), comment(2, "Second"))
    report = import_text(file, wxr(post, post, more))
    assert titles() == ["A title"]
    assert contents() == ["First", "Second"]
    assert report["items skipped: a second time in the file"] == "2"
    assert report["comments skipped: a second time in the file"] == "2"
    assert_a_second_run_adds_nothing(file, wxr(more), wxr(post, more))


def test_a_post_that_was_changed_in_wordpress_is_the_same(file: Path) -> None:
    import_text(file, wxr(item(1, comment(1), link="https://blog.example/a-title/")))
    update_post(Post.objects.get().id, title="Changed here")
    settle()
    renamed = item(1, comment(1), title="Renamed", link="https://blog.example/renamed/")
    moved = item(1, comment(1), gmt=SEPTEMBER)
    assert_a_second_run_adds_nothing(file, wxr(renamed), wxr(moved))


# --- What the earlier version has imported: its ids were derived from the numbers alone

WORDPRESS = uuid5(NAMESPACE_URL, "https://wordpress.org/export/")


def earlier_id(name: str) -> UUID:
    return uuid5(WORDPRESS, f"blog.example {name}")


def import_as_earlier(file: Path, text: str) -> None:
    """As that version did: of several posts or comments of one number, the first."""
    for found in export_of(file, text).items():
        post_id = earlier_id(f"post {found.wp_id or found.guid}")
        if Post.objects.filter(id=post_id).exists():
            continue
        date = found.created_at
        create_post(found.title, found.content, post_id=post_id, created_at=date)
        for given in found.comments:
            id_ = earlier_id(f"comment {given.wp_id}")
            if given.created_at and not Comment.objects.filter(id=id_).exists():
                record_import(
                    id_, post_id, given.author, given.content, given.created_at, "approved"
                )
                create_comment(
                    post_id,
                    given.author,
                    given.content,
                    comment_id=id_,
                    created_at=given.created_at,
                )
    settle()


def test_what_an_earlier_version_has_imported_is_not_imported_again(file: Path) -> None:
    blog = wxr(item(1, comment(1), comment(2)), item(2, comment(3), title="Another"))
    import_as_earlier(file, blog)
    assert (Post.objects.count(), Comment.objects.count()) == (2, 3)
    assert_a_second_run_adds_nothing(file, blog, blog.replace("A title", "Renamed"))


def test_what_an_earlier_version_has_lost_is_imported_now(file: Path) -> None:
    posts = [
        item(
            0,
            comment(1, f"1 on {n}"),
            comment(2, f"2 on {n}"),
            title=f"Post {n}",
            guid=f"https://blog.example/{n}",
        )
        for n in (1, 2)
    ]
    import_as_earlier(file, wxr(*posts))
    assert (titles(), contents()) == (["Post 1"], ["1 on 1", "2 on 1"])
    report = import_text(file, wxr(*posts))
    assert (report["posts imported"], report["comments imported"]) == ("1", "2")
    assert (titles(), len(contents())) == (["Post 1", "Post 2"], 4)
    assert_a_second_run_adds_nothing(file, wxr(*posts), wxr(*reversed(posts)))


def test_what_an_earlier_version_imported_and_was_deleted_stays_deleted(file: Path) -> None:
    blog = wxr(item(1, comment(1), title="One"), item(2, comment(2), comment(3), title="Two"))
    import_as_earlier(file, blog)
    delete_post(earlier_id("post 1"))
    delete_comment(earlier_id("comment 3"))
    settle()
    report = import_text(file, blog)
    assert report["items skipped: deleted here"] == "1"
    assert report["comments skipped: deleted here"] == "1"
    assert (titles(), Comment.objects.count()) == (["Two"], 1)


def test_the_first_reading_finds_what_is_not_unique(file: Path) -> None:
    file.write_text(
        wxr(
            item(1, title="One", link="https://blog.example/"),
            item(2, title="Two", link="https://blog.example/"),
            item(2, kind="attachment", title="A picture"),
        )
    )
    assert open_export(file).repeated == {"link blog.example/"}
