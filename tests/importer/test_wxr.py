"""What is read from a WordPress export."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from importer.wxr import WxrItem
from tests.importer.wxrfiles import comment, export_of, item, wxr


def only_item(file: Path, text: str) -> WxrItem:
    (found,) = export_of(file, text).items()
    return found


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_a_post_with_its_comments(file: Path, version: str) -> None:
    post = only_item(file, wxr(item(7, comment(3), title="Tom & <b>Jo</b>"), version=version))
    assert (post.wp_id, post.guid) == ("7", "https://blog.example/?p=7")
    assert (post.title, post.content, post.author) == ("Tom & <b>Jo</b>", "A text", "Ann Other")
    assert (post.kind, post.status, post.has_password) == ("post", "publish", False)
    assert post.created_at == datetime(2010, 10, 5, 7, 27, 25, tzinfo=UTC)
    (said,) = post.comments
    assert (said.wp_id, said.author, said.content) == ("3", "Bob", "A comment")
    assert (said.approved, said.kind) == ("1", "comment")
    assert said.created_at == datetime(2010, 10, 6, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "namespace", ["https://wordpress.org/export/1.2/", "http://www.wordpress.org/export/1.2"]
)
def test_other_spellings_of_the_namespace(file: Path, namespace: str) -> None:
    text = wxr(item(7)).replace("http://wordpress.org/export/1.2/", namespace)
    assert only_item(file, text).wp_id == "7"


def test_names_of_another_namespace_mean_nothing(file: Path) -> None:
    text = wxr(item(7, status="draft"))
    text = text.replace("<wp:status>", '<x:status xmlns:x="urn:x">publish</x:status><wp:status>')
    assert only_item(file, text).status == "draft"


def test_the_site_is_the_same_under_another_scheme(file: Path) -> None:
    for site in ("https://Blog.example/", "http://blog.example"):
        assert export_of(file, wxr(site=site)).site == "blog.example"


def test_the_site_may_only_be_known_by_its_link(file: Path) -> None:
    assert export_of(file, wxr(site="")).site == "blog.example"


def test_an_unknown_author_keeps_the_login(file: Path) -> None:
    assert only_item(file, wxr(item(author="eve"))).author == "eve"


def test_a_password_is_noticed(file: Path) -> None:
    assert only_item(file, wxr(item(password=" "))).has_password


NOT_YET = "0000-00-00 00:00:00"


@pytest.mark.parametrize(
    ("gmt", "local", "published", "hour"),
    [
        ("2010-10-05 07:00:00", "2010-10-05 09:00:00", "", 7),
        (NOT_YET, "2010-10-05 09:00:00", "", 9),
        ("", "", "Tue, 05 Oct 2010 08:00:00 +0200", 6),
        ("0033-04-03 15:00:00", "9999-12-31 23:00:00", "Tue, 05 Oct 2010 08:00:00 -0000", 8),
        (NOT_YET, NOT_YET, "Mon, 30 Nov -0001 00:00:00 +0000", None),
        ("soon", "2010-13-45 99:00:00", "", None),
    ],
)
def test_the_first_date_that_is_one(
    file: Path, gmt: str, local: str, published: str, hour: int | None
) -> None:
    post = only_item(file, wxr(item(gmt=gmt, local=local, published=published)))
    wanted = None if hour is None else datetime(2010, 10, 5, hour, tzinfo=UTC)
    assert post.created_at == wanted


def test_every_item_in_order(file: Path) -> None:
    export = export_of(file, wxr(*(item(number) for number in range(300))))
    assert export.item_count == 300
    assert [post.wp_id for post in export.items()] == [str(number) for number in range(300)]
