"""What is no WordPress export, or no longer one, is refused in one line."""

import os
from pathlib import Path

import pytest

from importer.wxr import WxrError, open_export
from tests.importer.wxrfiles import export_of, item, wxr


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
    ("data", "says"),
    [
        (b"", "no element found: line 1"),
        (b"hello", "line 1, column 0"),
        (wxr(item())[:-30].encode(), "line 1"),
        (b"<rss>\n<channel>&nbsp;</channel></rss>", "undefined entity: line 2, column 9"),
        (wxr(item(title="\x01")).encode(), "invalid token"),
        (wxr(item(title="é")).encode("latin-1"), "invalid token"),
        (b'<?xml version="1.0" encoding="klingon"?><rss/>', "unknown encoding"),
        (b'<?xml version="1.0" encoding="shift_jis"?><rss/>', "encoding"),
    ],
)
def test_what_is_no_xml(file: Path, data: bytes, says: str) -> None:
    message = error_of(file, data)
    assert "is no well-formed XML" in message
    assert says in message


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<html/>", "it begins with <html>"),
        (b"<rss><channel><item/></channel></rss>", "it names no WXR version"),
    ],
)
def test_what_is_no_wordpress_export(file: Path, data: bytes, says: str) -> None:
    message = error_of(file, data)
    assert "is no WordPress export" in message
    assert says in message


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
