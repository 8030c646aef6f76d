"""Makes well-formed XML of an export that is not quite: a text file that a parser can read piece by
piece, and a count of what was repaired.

WordPress reads such files with regular expressions where its XML parser fails, so blogs have them:
prefixes that nobody declared, control characters, a blank line or a PHP warning in front, "&nbsp;",
Latin-1 in a file that claims to be UTF-8. What is well-formed comes out as it was, but for comments
and processing instructions. Declarations of document types pass: the parser behind refuses them.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.entities import html5
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

CHUNK = 1 << 16  # characters
BEGINNING = 1 << 16  # characters or bytes in which the XML must have begun
NAMESPACES = {
    "wp": "http://wordpress.org/export/1.2/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
ENCODINGS = re.compile(
    r"(iso-?8859-?|windows-|cp)\d+|latin-?1|koi8-[ru]|(x-)?mac-?(roman|cyrillic)"
    r"|shift[-_]jis|euc[-_](jp|kr)|gbk|gb2312|gb18030|big5",
    re.IGNORECASE,
)
"""Other than Unicode. Python knows more, of which some are no encodings of text at all."""

NO_UTF8 = "bytes that are no UTF-8, read as Windows-1252"
CONTROLS = "control characters, left out"
ENTITIES = "entities of HTML"
BARE = "“&” or “<” that stands for itself"
SPLIT = "“]]>” inside of CDATA"
BEFORE = "what precedes the XML, left out"
AFTER = "what follows the XML, left out"

CDATA, CDATA_END = "<![CDATA[", "]]>"

_DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']""")
_XML = re.compile(r"<\?xml\s")
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BAD_BYTES = re.compile("[\udc80-\udcff]+")
_REFERENCE = re.compile(  # but to what XML itself knows
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:(#[0-9]{1,9}|#x[0-9a-fA-F]{1,9}|[a-zA-Z][a-zA-Z0-9]*+);)?"
)
# All possessive: linear.
_TAG_UNTIL = re.compile(  # a >, or a < which no tag contains, or the end of what has been read
    r"""</?(?:[^\W\d][^<>"']*+ (?:"[^"<]*+"[^<>"']*+ | '[^'<]*+'[^<>"']*+)*+ (?:["'][^<]*+)?+)?+""",
    re.VERBOSE,
)
_TAG = re.compile(
    r"""<(?P<slash>/?)(?P<name>[^\s<>"'/=]++)
        (?:\s++[^\s<>"'/=]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'))*+\s*+(?P<closed>/?)>""",
    re.VERBOSE,
)
_VALUE = re.compile(r""""[^"]*+"|'[^']*+'""")
_DECLARES = re.compile(r"\sxmlns:([^\s=]+)\s*=")
_PREFIX = re.compile(r"(?:^<|\s)([^\W\d][\w.-]*):(?=[^\W\d])")
_COMMENT = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)


class RepairedFile:
    """What `iterparse` reads. `repairs` is complete when it has been read to its end."""

    def __init__(self, path: Path) -> None:
        self.repairs: Counter[str] = Counter()
        encoding, fault = encoding_of(path)
        if fault:
            self.repairs[fault] += 1
        errors = "surrogateescape" if encoding == "utf-8" else "replace"
        self._file: IO[str] = path.open(encoding=encoding, errors=errors, newline="")
        self._pieces = _Repair(self._read, self.repairs).pieces()

    def read(self, _: int = 0) -> str:
        """Some more of it, empty at the end."""
        size, pieces = 0, []
        while size < CHUNK and (piece := next(self._pieces, None)) is not None:
            size += len(piece)
            pieces.append(piece)
        return "".join(pieces) if size or not pieces else self.read()

    def close(self) -> None:
        self._file.close()

    def _read(self, size: int) -> str:
        return _BAD_BYTES.sub(self._as_windows_1252, self._file.read(size))

    def _as_windows_1252(self, found: re.Match[str]) -> str:
        data = found[0].encode("utf-8", "surrogateescape")
        self.repairs[NO_UTF8] += len(data)
        return data.decode("cp1252", "replace")


def encoding_of(path: Path) -> tuple[str, str]:
    """The file's encoding, and what is wrong with the one that it declares, else nothing.

    It is UTF-8 if all of the file is, whatever it declares: no other text looks like it by
    accident. Else it is what it declares, if that is an encoding of blogs."""
    with path.open("rb") as file:
        beginning = file.read(BEGINNING)
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", ""
    if beginning.startswith((b"<\0", b"\0<")):
        return ("utf-16-le" if beginning.startswith(b"<") else "utf-16-be"), ""
    found = _DECLARED.search(beginning)
    declared = found[1].decode().lower() if found else "utf-8"
    if declared in ("utf-8", "utf8"):
        return "utf-8", ""
    is_known = _is_known(declared)
    is_utf8, is_ascii = _look(path)
    if is_known and not is_utf8:
        # As browsers do; what Latin-1 alone has are control characters.
        return ("cp1252" if codecs.lookup(declared).name == "iso8859-1" else declared), ""
    is_right = is_ascii and (is_known or declared == "us-ascii")
    return "utf-8", "" if is_right else f"declared encoding {declared[:30]}, which it is not in"


def _is_known(encoding: str) -> bool:
    try:
        return bool(ENCODINGS.fullmatch(encoding) and codecs.lookup(encoding))
    except LookupError:
        return False


def _look(path: Path) -> tuple[bool, bool]:
    """Whether all of the file is UTF-8, and whether it is ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_ascii = True
    with path.open("rb") as file:
        try:
            while data := file.read(1 << 20):
                is_ascii = is_ascii and data.isascii()
                decoder.decode(data)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False, False
    return True, is_ascii


class _Repair:
    """Takes text apart into tags, characters and sections of CDATA, and mends each."""

    def __init__(self, read: Callable[[int], str], repairs: Counter[str]) -> None:
        self._read, self._repairs = read, repairs
        self._text, self._at = "", 0
        # For each open element, its name and the prefixes that are declared in it.
        self._open: list[tuple[str, frozenset[str]]] = []
        self._has_ended = False

    def pieces(self) -> Iterator[str]:
        yield self._beginning()
        while not self._has_ended and (self._at < len(self._text) or self._more()):
            if self._at > max(CHUNK, len(self._text) // 2):
                self._text, self._at = self._text[self._at :], 0
            yield from self._next()
        yield from self._rest()

    def _beginning(self) -> str:
        """Nothing but the line breaks of what precedes the XML."""
        while len(self._text) < BEGINNING and self._more():
            pass
        text = self._text.removeprefix("\ufeff")
        start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
        declaration = _XML.search(text)
        if declaration and "<rss" not in text[: declaration.start()]:
            start = declaration.start()
            if start:
                self._repairs[BEFORE] += 1
        self._text = text[start:]
        return "\n" * text.count("\n", 0, start)

    def _next(self) -> Iterator[str]:
        while len(self._text) - self._at < len(CDATA) and self._more():
            pass
        at = self._at
        if not self._text.startswith("<", at):
            end = self._find("<", at)
            yield self._characters(self._take(len(self._text) if end < 0 else end))
        elif self._text.startswith(CDATA, at):
            yield from self._cdata()
        elif self._text.startswith(("<!--", "<?"), at):
            mark = "-->" if self._text.startswith("<!", at) else "?>"
            end = self._find(mark, at + 2)
            skipped = self._take(len(self._text) if end < 0 else end + len(mark))
            yield "\n" * skipped.count("\n")
        elif self._text.startswith("<!", at):
            end = self._find(">", at)
            yield self._take(len(self._text) if end < 0 else end + 1)
        else:
            yield self._tag()

    def _tag(self) -> str:
        while found := _TAG_UNTIL.match(self._text, self._at):
            if found.end() < len(self._text) or not self._more():
                break
        assert found
        end = found.end() + 1
        if tag := _TAG.fullmatch(self._text, self._at, end):
            self._at = end
            return self._declared(tag)
        if end > len(self._text):  # the file is cut off here: the parser behind notices
            return self._take(end)
        self._repairs[BARE] += 1
        self._at += 1
        return "&lt;"

    def _declared(self, tag: re.Match[str]) -> str:
        """The tag, with declarations of its prefixes where there are none."""
        if tag["slash"]:
            if self._open:
                self._open.pop()
            self._has_ended = not self._open
            return self._characters(tag[0])
        names = _VALUE.sub("", tag[0])
        scope = self._open[-1][1] if self._open else frozenset(["xml", "xmlns"])
        scope = scope.union(_DECLARES.findall(names))
        missing = sorted(set(_PREFIX.findall(names)) - scope)
        for prefix in missing:
            self._repairs[f"prefix “{prefix[:30]}:”, which is not declared"] += 1
        if not tag["closed"]:
            self._open.append((tag["name"], scope.union(missing)))
        self._has_ended = not self._open
        end = f"{tag['closed']}>"
        declarations = "".join(
            f' xmlns:{prefix}="{NAMESPACES.get(prefix, f"urn:undeclared:{prefix}")}"'
            for prefix in missing
        )
        return self._characters(tag[0].removesuffix(end)) + declarations + end

    def _cdata(self) -> Iterator[str]:
        yield CDATA
        self._at += len(CDATA)
        begun = 0  # sections that begin inside of this one, and have not ended
        while True:
            end = self._find(CDATA_END, self._at)
            if end < 0:
                yield self._without_controls(self._take(len(self._text)))
                return
            begun += self._text.count(CDATA, self._at, end)
            is_end = self._is_end(end + len(CDATA_END), begun > 0)
            yield self._without_controls(self._take(end))
            self._at += len(CDATA_END)
            if is_end:
                yield CDATA_END
                return
            begun = max(0, begun - 1)
            self._repairs[SPLIT] += 1
            yield f"]]{CDATA_END}{CDATA}>"

    def _is_end(self, at: int, has_begun: bool) -> bool:
        """Whether a section of CDATA ends before this place. Its content should not have “]]>” in
        it, but may: then another follows before the element ends, and before another section
        begins, unless one `has_begun` inside of this one."""
        if not self._open:
            return True
        name = re.escape(self._open[-1][0])
        other = r"(?!)" if has_begun else r"<!\[CDATA\["
        at_once = re.compile(rf"\s*+(?:<!\[CDATA\[|</{name}\s*>)")
        what_is_next = re.compile(rf"]]>|{other}|</{name}\s*>")
        while not (found := what_is_next.search(self._text, at)) and self._more():
            pass
        return not found or found[0] != CDATA_END or bool(at_once.match(self._text, at))

    def _rest(self) -> Iterator[str]:
        """Nothing, but for another export, which the parser behind refuses."""
        rest = _COMMENT.sub("", self._text[self._at :] + self._read(CHUNK)).strip()
        tail = rest
        while tail:
            if re.search(r"<(rss|item)[\s>]", tail):
                yield "<rss>"
                return
            more = self._read(CHUNK)
            tail = tail[-8:] + more if more else ""
        if rest:
            self._repairs[AFTER] += 1

    def _characters(self, text: str) -> str:
        text = self._without_controls(text)
        if "&" in text:
            text = _REFERENCE.sub(self._reference, text)
        if CDATA_END in text:
            self._repairs[BARE] += 1
            text = text.replace(CDATA_END, "]]&gt;")
        return text

    def _without_controls(self, text: str) -> str:
        text, number = _FORBIDDEN.subn("", text)
        if number:
            self._repairs[CONTROLS] += number
        return text

    def _reference(self, found: re.Match[str]) -> str:
        name = found[1]
        if name and name.startswith("#"):
            code = int(name[2:], 16) if name.startswith("#x") else int(name[1:])
            if code < 0x110000 and not _FORBIDDEN.match(chr(code)):
                return found[0]
            self._repairs[CONTROLS] += 1
            return ""
        if name and (character := html5.get(f"{name};")):
            self._repairs[ENTITIES] += 1
            return escape(character, {'"': "&quot;", "'": "&apos;"})
        self._repairs[BARE] += 1
        return "&amp;" + found[0][1:]

    def _find(self, mark: str, at: int) -> int:
        """Where the mark is, in what has been read and as much more as it takes; -1 if nowhere."""
        while (end := self._text.find(mark, at)) < 0:
            at = max(at, len(self._text) - len(mark) + 1)
            if not self._more():
                return -1
        return end

    def _take(self, end: int) -> str:
        taken = self._text[self._at : end]
        self._at += len(taken)
        return taken

    def _more(self) -> bool:
        """Reads as much as waits already, so that searching again takes linear time in all."""
        more = self._read(max(CHUNK, len(self._text) - self._at))
        self._text += more
        return bool(more)
