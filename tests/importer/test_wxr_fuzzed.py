"""Whatever has happened to an export file: it comes in cleanly, or is refused in one clear line."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from comments.models import Comment
from moderation.models import Review
from posts.models import Post
from query.models import CommentView, PostView
from tests.fuzzing import examples
from tests.histories import settle
from tests.importer.wxrfiles import comment, item, wxr
from tests.records import on_record

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

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


@examples(40)
@given(data=changed())
def test_it_comes_in_cleanly_or_not_at_all(tmp_path: Path, data: bytes) -> None:
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
