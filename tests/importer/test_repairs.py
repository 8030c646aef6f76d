"""Exports that are not quite XML are read as WordPress reads them: what is mended is counted, and
the rest is as it was. What is well-formed comes out unchanged."""

import tracemalloc
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from comments.models import Comment
from importer.repairs import CHUNK, RepairedFile
from importer.wxr import Export, WxrItem, open_export
from posts.models import Post
from tests.fuzzing import examples
from tests.growth import assert_linear
from tests.importer.exports import BLOG, comment, item, wxr

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def opened(file: Path, data: str | bytes) -> Export:
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return open_export(file)


def only_item(export: Export) -> WxrItem:
    (found,) = export.items()
    return found


def titled(title: str) -> str:
    """An export with this title as it is, unescaped."""
    return wxr(item(title="TITLE")).replace("TITLE", title)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda text: text.replace("<item>", '<atom:link rel="hub" href="x"/><item>'), "atom:"),
        (lambda text: text.replace("<item>", "<item><media:title>x</media:title>"), "media:"),
        (lambda text: text.replace("<item>", '<item georss:box="1 2">'), "georss:"),
        (lambda text: text.replace(' xmlns:wp="http://wordpress.org/export/1.2/"', ""), "wp:"),
        (lambda text: text.replace(' xmlns:dc="http://purl.org/dc/elements/1.1/"', ""), "dc:"),
        (
            lambda text: text.replace(
                ' xmlns:content="http://purl.org/rss/1.0/modules/content/"', ""
            ),
            "content:",
        ),
        (
            lambda text: text.replace(
                ' xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"', ""
            ),
            "excerpt:",
        ),
        (lambda text: "\n" + text, "precedes"),
        (lambda text: " \r\n\t" + text, "precedes"),
        (lambda text: "\n\ufeff" + text, "precedes"),
        (lambda text: "<br />\n<b>Warning</b>: undefined in x.php\n" + text, "precedes"),
        (lambda text: text + "\n<b>Notice</b>: no < such & index", "follows"),
        (lambda text: text.replace("A title", "A \x07ti\x0btle\x00"), "control characters"),
        (lambda text: text.replace("A title", "A &#7;title&#xD800;"), "control characters"),
        (lambda text: text.replace("A title", "A title\ufffe"), "control characters"),
    ],
)
def test_the_rest_is_as_it_was(file: Path, change: Callable[[str], str], what: str) -> None:
    before = only_item(opened(file, wxr(item(7, comment(3)))))
    export = opened(file, change(wxr(item(7, comment(3)))))
    assert [what in name for name in export.repairs] == [True]
    assert only_item(export) == before


@pytest.mark.parametrize(
    ("given", "read", "what"),
    [
        ("Tom & Jo", "Tom & Jo", "stands for itself"),
        ("a?b=1&c=2 &copy 3 &unknown;", "a?b=1&c=2 &copy 3 &unknown;", "stands for itself"),
        ("I <3 you, 1 < 2, a <b and c", "I <3 you, 1 < 2, a <b and c", "stands for itself"),
        ("no end ]]> here", "no end ]]> here", "stands for itself"),
        ("caf&eacute;&nbsp;&hellip;", "café\xa0…", "entities of HTML"),
        ("<![CDATA[a ]]> b]]>", "a ]]> b", "inside of CDATA"),
        (
            "<![CDATA[a <![CDATA[ b ]]> <i>c <![CDATA[ d ]]> e]]>",
            "a <![CDATA[ b ]]> <i>c <![CDATA[ d ]]> e",
            "inside of CDATA",
        ),
        ("<![CDATA[<i>]]></i> <b>]]>", "<i>]]></i> <b>", "inside of CDATA"),
    ],
)
def test_what_is_no_markup_is_text(file: Path, given: str, read: str, what: str) -> None:
    export = opened(file, titled(given))
    assert [what in name for name in export.repairs] == [True]
    assert only_item(export).title == read


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("a &amp; b &lt; c &#233; &#xe9; &quot;", 'a & b < c é é "'),
        ("<![CDATA[a ]]]]><![CDATA[> b]]>", "a ]]> b"),
        ("<![CDATA[a <![CDATA[ b ]]]]><![CDATA[> c ]]>", "a <![CDATA[ b ]]> c "),
        ("<![CDATA[a]]> and <![CDATA[b & <c>]]>", "a and b & <c>"),
        ("a<!-- no -- > text --> b<?php no text ?>", "a b"),
        (
            "<![CDATA[<!-- more --><?xml version='1.0'?>&nbsp;]]>",
            "<!-- more --><?xml version='1.0'?>&nbsp;",
        ),
    ],
)
def test_what_is_well_formed_is_no_fault(file: Path, given: str, read: str) -> None:
    export = opened(file, titled(given))
    assert not export.repairs
    assert only_item(export).title == read


def test_an_export_without_a_declaration_may_have_one_in_a_post(file: Path) -> None:
    text = titled("<![CDATA[<?xml version='1.0'?>]]>").partition("?>")[2]
    export = opened(file, text)
    assert not export.repairs
    assert only_item(export).title == "<?xml version='1.0'?>"


EXPORT = wxr(item(title="Æsop’s café"))


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (EXPORT.encode(), 0),
        (EXPORT.encode("utf-8-sig"), 0),
        (EXPORT.encode("utf-16"), 0),
        (EXPORT.replace("UTF-8", "utf-16").encode("utf-16-be"), 0),
        (EXPORT.replace("UTF-8", "windows-1252").encode("cp1252"), 0),
        (EXPORT.replace("UTF-8", "ISO-8859-1").encode("cp1252"), 0),
        (EXPORT.encode("cp1252"), 1),
        (EXPORT.replace("UTF-8", "ISO-8859-1").encode(), 1),
        (EXPORT.replace("UTF-8", "klingon").encode(), 1),
        (EXPORT.replace("UTF-8", "klingon").encode("cp1252"), 2),
        (EXPORT.replace("UTF-8", "rot13").encode(), 1),
        (EXPORT.replace("UTF-8", "utf-16").encode(), 1),
    ],
)
def test_the_encoding_is_what_it_is_not_what_it_claims(
    file: Path, data: bytes, faults: int
) -> None:
    export = opened(file, data)
    assert only_item(export).title == "Æsop’s café"
    assert len(export.repairs) == faults


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "gbk", "big5"])
def test_encodings_of_more_than_a_byte(file: Path, encoding: str) -> None:
    text = titled("日本").replace("UTF-8", encoding)
    export = opened(file, text.encode(encoding))
    assert only_item(export).title == "日本"
    assert not export.repairs


def test_single_bytes_that_are_no_utf8(file: Path) -> None:
    export = opened(file, titled("café, CAFE").encode().replace(b"CAFE", b"caf\xe9 \x93x\x94"))
    assert only_item(export).title == "café, café “x”"
    assert list(export.repairs.values()) == [3]


@pytest.mark.parametrize("size", [CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
@pytest.mark.parametrize(
    "title", ["<![CDATA[]]]]><![CDATA[>]]>", "&lt;&nbsp;é", "<![CDATA[a]]>b]]>", "<x:y/>x &"]
)
def test_where_a_piece_of_the_file_ends_makes_no_difference(
    file: Path, size: int, title: str
) -> None:
    short = only_item(opened(file, titled(title))).title
    text = titled(title)
    before = text.index(title)
    filler = "<a>" + "x" * (size - before - 7) + "</a>"
    at = text.index("<item>")
    for shift in range(len(title) + 1):
        data = text[:at] + filler[: len(filler) - 4 - shift] + "</a>" + text[at:]
        assert only_item(opened(file, data)).title == short


@pytest.mark.parametrize(
    "cut", [20, 60, 200, 700, 1000, len(EXPORT) - 30, len(EXPORT) - 3, len(EXPORT) - 1]
)
def test_a_file_that_is_cut_off_is_refused_as_such(file: Path, cut: int) -> None:
    file.write_text(EXPORT[:cut], encoding="utf-8")
    with pytest.raises(Exception, match="is not complete: it ends at line"):
        open_export(file)


def test_two_exports_in_one_file_are_refused(file: Path) -> None:
    file.write_text(EXPORT + "x" * CHUNK + "\n" + EXPORT, encoding="utf-8")
    with pytest.raises(Exception, match="junk after document element"):
        open_export(file)


def shape(element: Element) -> object:
    children = [shape(child) for child in element]
    return element.tag, element.attrib, element.text or "", element.tail or "", children


NAMES = st.sampled_from(["a", "b", "wp:c", "o:d"])
TEXTS = st.text(st.sampled_from("ab \n&<>'\"]é\U0001f600"), max_size=6)


def escaped(text: str) -> str:
    for character, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        text = text.replace(character, f"&{name};")
    return text


def in_cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


ELEMENTS = st.recursive(
    TEXTS.map(escaped) | TEXTS.map(in_cdata) | st.just("&#233;"),
    lambda inside: st.builds(
        lambda name, value, texts: f'<{name} wp:v="{escaped(value)}">{"".join(texts)}</{name}>',
        NAMES,
        TEXTS,
        st.lists(inside, max_size=4),
    ),
    max_leaves=12,
)


@examples(200)
@given(text=ELEMENTS)
def test_whatever_is_well_formed_comes_out_unchanged(tmp_path: Path, text: str) -> None:
    xml = f'{DECLARATION}<rss xmlns:wp="urn:wp" xmlns:o="urn:o">{text}</rss>'
    file = tmp_path / "export.xml"
    file.write_text(xml, encoding="utf-8", newline="")
    repaired = RepairedFile(file)
    assert shape(fromstring("".join(iter(repaired.read, "")))) == shape(fromstring(xml.encode()))
    assert not repaired.repairs
    repaired.close()


@pytest.mark.parametrize(
    "piece",
    [
        *("<", "<a", "<a b='", '<a b="c', "<a ", "</", "<!", "<!--", "<?", "<![CDATA[", "]]>", "&"),
        *("&#", "&nbsp", "&nbsp;", "<x:a ", "<x:a>", "<x:a/>", "<![CDATA[x]]> ", "\x07", "\n"),
        *(
            "<![CDATA[]]>y",
            "<![CDATA[ ",
            "<![CDATA[ ]]>",
            "<a><![CDATA[x]]>",
            "'",
            "<item>",
            "</item>",
            "\ufeff",
            "<b ",
        ),
    ],
)
def test_hostile_files_take_time_in_proportion_to_their_length(tmp_path: Path, piece: str) -> None:
    file = tmp_path / "export.xml"

    def read(size: int) -> None:
        file.write_text("<rss>" + piece * size)
        repaired = RepairedFile(file)
        while repaired.read():
            pass
        repaired.close()

    assert_linear(read, 2_000)


def test_memory_does_not_grow_with_the_file(file: Path) -> None:
    def peak(items: int) -> int:
        body = "<p>A text</p>\x07 & more " * 100
        file.write_text(wxr(*(item(n, comment(n), content=body) for n in range(items))))
        tracemalloc.start()
        try:
            export = open_export(file)
            assert sum(len(found.comments) for found in export.items()) == items
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)
    found = peak(1_200)  # with what else this process does meanwhile
    assert found < file.stat().st_size / 2


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_faults_are_warnings_and_all_of_the_rest_is_imported(file: Path) -> None:
    text = BLOG.replace("Waits", "Wa\x07its").replace("<item>", "<atom:link/><item>")
    file.write_text("\n" + text, encoding="utf-8")
    out, err = StringIO(), StringIO()
    call_command("import_wxr", str(file), stdout=out, stderr=err)
    assert Comment.objects.filter(content="Waits").exists()
    assert (Post.objects.count(), Comment.objects.count()) == (2, 5)
    warnings = err.getvalue().splitlines()
    assert [line.partition(": ")[0] for line in warnings] == ["Warning"] * 3
    assert any("2 × prefix “atom:”" in line for line in warnings)
