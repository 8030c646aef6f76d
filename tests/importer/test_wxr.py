"""What is read from a WordPress export; what is none, or damaged, is refused in one line."""

import os
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from comments.models import Comment
from importer.wxr import WxrError, WxrItem, open_export
from moderation.models import Review
from posts.models import Post
from query.models import CommentView, PostView
from tests.fuzzing import examples
from tests.histories import settle
from tests.importer.exports import comment, export_of, item, wxr
from tests.records import on_record


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
    (found,) = post.comments
    assert (found.wp_id, found.author, found.content) == ("3", "Bob", "A comment")
    assert (found.approved, found.kind) == ("1", "comment")
    assert found.created_at == datetime(2010, 10, 6, 10, tzinfo=UTC)


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


def error_of(file: Path, data: bytes) -> str:
    file.write_bytes(data)
    with pytest.raises(WxrError) as caught:
        open_export(file)
    message = str(caught.value)
    assert message.startswith(str(file))
    assert "\n" not in message
    return message.removeprefix(str(file))


BOMB = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">{}]><rss>&z;</rss>""".format(
    "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdef", "bcdefz", strict=True))
)


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd"><rss/>',
        "<!DOCTYPE rss><rss/>",
    ],
)
def test_entities_are_refused(file: Path, data: str) -> None:
    assert "declares a document type or entities" in error_of(file, data.encode())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"hello", "line 1, column 0"),
        (b"<rss>\n<channel><b></channel></rss>", "mismatched tag: line 2, column 14"),
        (b"<!-- one -->\n<rss>\n<channel></rss></channel>", "mismatched tag: line 3, column 11"),
    ],
)
def test_what_is_no_xml(file: Path, data: bytes, reason: str) -> None:
    message = error_of(file, data)
    assert "is no well-formed XML" in message
    assert reason in message


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<html/>", "it begins with <html>"),
        (b"<rss><channel><item/></channel></rss>", "it names no WXR version"),
    ],
)
def test_what_is_no_wordpress_export(file: Path, data: bytes, reason: str) -> None:
    message = error_of(file, data)
    assert "is no WordPress export" in message
    assert reason in message


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(WxrError, match="No such file"):
        open_export(tmp_path / "nowhere.xml")
    with pytest.raises(WxrError, match="read twice"):
        open_export(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WxrError, match="read twice"):
        open_export(tmp_path / "pipe")


def test_a_file_that_changes_meanwhile(file: Path) -> None:
    export = export_of(file, wxr(item()))
    file.write_text("<rss>")
    with pytest.raises(WxrError):
        list(export.items())


WHOLE = wxr(
    item(1, comment(1), comment(2, approved="spam"), title="One & <b>two</b>"),
    item(2, comment(3, approved="0"), content="<p>A text</p><!-- more --> [gallery ids='1']"),
    item(3, status="draft"),
).encode()
PLACES = [n for n, byte in enumerate(WHOLE) if byte in b"<>&;\"'-:0123456789]"]
PIECES = st.binary(max_size=8) | st.sampled_from(
    [
        b"",
        b"<",
        b"</item>",
        b"]]>",
        b"<![CDATA[",
        b"&#0;",
        b"&#xD800;",
        b"&#x10FFFF;",
        b"&nbsp;",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"\xff\xfe",
        b"\x00",
        b"0000-00-00 00:00:00",
        b"9999-12-31 23:59:59",
        b"0001-01-01 00:00:00",
        b"9" * 5_000,
        "\u202e\u200b\U0001f600".encode(),
        b"<wp:comment>" * 300,
        b"<p>" * 2_000,
        b"UTF-16",
        b"zz-8",
    ]
)


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """The export with some of its bytes replaced, or the end of it missing."""
    data = bytearray(WHOLE)
    for _ in range(draw(st.integers(1, 3))):
        at = min(draw(st.sampled_from(PLACES)), len(data))
        data[at : at + draw(st.integers(0, 20))] = draw(PIECES)
    return bytes(data[: draw(st.integers(0, len(data)) | st.just(len(data)))])


@pytest.mark.django_db(transaction=True, databases="__all__")
@examples(40)
@given(data=changed())
def test_a_damaged_export_is_imported_cleanly_or_not_at_all(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "export.xml"
    file.write_bytes(data)
    before = on_record()
    if refusal := refusal_of(file):
        assert "\n" not in refusal
        assert on_record() == before
        return
    settle()
    assert Post.objects.count() == PostView.objects.count()
    assert Comment.objects.count() == CommentView.objects.count() == Review.objects.count()


def refusal_of(file: Path) -> str | None:
    try:
        call_command("import_wxr", file, stdout=StringIO())
    except CommandError as error:
        return str(error)
    return None
