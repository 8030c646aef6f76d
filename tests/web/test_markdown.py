"""Texts, and what readers see of them."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.growth import assert_linear
from web.markdown import LAZY_IMAGE, SCHEMES, TAGS, excerpt, reading, render

REL = 'rel="nofollow ugc noopener"'
LAZY = 'loading="lazy" referrerpolicy="no-referrer"'

CASES = [
    ("", ""),
    ("words", "<p>words</p>"),
    ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
    ("one\n   two  three", "<p>one<br>   two  three</p>"),
    ("    no code", "<p>no code</p>"),
    ("*a* **b** _c_ ~~d~~ `e <f>`", "<p><em>a</em> <strong>b</strong> <em>c</em> <s>d</s>"
     " <code>e &lt;f&gt;</code></p>"),
    ("snake_case_name 2*3*4", "<p>snake_case_name 2<em>3</em>4</p>"),
    (r"\*a\* &#111;range &amp;", "<p>*a* orange &amp;</p>"),
    ("<b>x</b> 1 < 2", "<p>&lt;b&gt;x&lt;/b&gt; 1 &lt; 2</p>"),
    ("<script>x()</script>", "<p>&lt;script&gt;x()&lt;/script&gt;</p>"),
    ("# Head #\ntext", "<p><strong>Head</strong></p><p>text</p>"),
    ("Ann\n-- \nAnn", "<p>Ann<br>--<br>Ann</p>"),
    ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
    ("```py\nif a < b:\n    c\n```",
     '<pre tabindex="0"><code>if a &lt; b:\n    c\n</code></pre>'),
    ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    ("Born in\n1986. Then", "<p>Born in<br>1986. Then</p>"),
    # The line after a quote is the answer to it.
    ("> asked\nanswered", "<blockquote><p>asked</p></blockquote><p>answered</p>"),
    ("[a](https://a.example/x)", f'<p><a href="https://a.example/x" {REL}>a</a></p>'),
    ("[](https://a.example)", f'<p><a href="https://a.example" {REL}>https://a.example</a></p>'),
    ('[a](https://a.example "title")', f'<p><a href="https://a.example" {REL}>a</a></p>'),
    ("[a](javascript:x) [b](/c)", "<p>[a](javascript:x) [b](/c)</p>"),
    ("[a](JavaScript&colon;x)", "<p>[a](JavaScript:x)</p>"),
    ("<data:text/html,x> <ann@a.example>", "<p>&lt;data:text/html,x&gt; "
     f'<a href="mailto:ann@a.example" {REL}>ann@a.example</a></p>'),
    ("(see https://a.example/b_(c)_d).", '<p>(see <a href="https://a.example/b_(c)_d" '
     f"{REL}>https://a.example/b_(c)_d</a>).</p>"),
    ("**https://a.example/**", f'<p><strong><a href="https://a.example/" {REL}>'
     "https://a.example/</a></strong></p>"),
    ("[https://a.example](https://b.example)",
     f'<p><a href="https://b.example" {REL}>https://a.example</a></p>'),
    ("http:// https://. xhttps://a.example", "<p>http:// https://. xhttps://a.example</p>"),
    ("![A bell](https://a.example/b.png)",
     f'<p><a href="https://a.example/b.png" {REL}>A bell</a></p>'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "html"), CASES)
def test_a_comment(text: str, html: str) -> None:
    assert re.sub(r"\n(?=<|$)", "", render(text)) == html.replace("\n</code>", "</code>")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            '![A *bell*](https://a.example/b.png "title")',
            f'<img src="https://a.example/b.png" alt="A bell" {LAZY}>',
        ),
        (
            "[![](http://a.example/s.png)](https://a.example/b.png)",
            f'<a href="https://a.example/b.png" {REL}>'
            f'<img src="http://a.example/s.png" alt="" {LAZY}></a>',
        ),
        ("![x](data:image/png;base64,AA)", "![x](data:image/png;base64,AA)"),
        ("![x](mailto:a@a.example)", f'<a href="mailto:a@a.example" {REL}>x</a>'),
    ],
)
def test_a_post_has_images(text: str, html: str) -> None:
    assert render(text, images=True) == f"<p>{html}</p>\n"


READ = [
    ("o**ran**ge", "orange"),
    ("&#111;r\\ange ora\\nge", "or\\ange ora\\nge"),
    ("&#111;r&auml;nge", "oränge"),
    ("`or`ange", "orange"),
    ("1800. call\n1801. now", "1800. call\n1801. now"),
    ("- a\n- b", "- a\n- b"),
    ("# Head\n> quote", "Head\nquote"),
    ("```orange\ncode\n```", "code"),
    ("![orange](https://a.example)", "orange"),
]


@pytest.mark.parametrize(("text", "read"), READ)
def test_what_a_reader_reads(text: str, read: str) -> None:
    assert re.sub(r"\n+", "\n", reading(text).text) == read


@pytest.mark.parametrize(
    "text", ["#", "> ", "-", "---", "```\n```", "&#8203;", "[ ](\u200b)", "<!-- -->", "&nbsp;\n#"]
)
def test_what_has_no_words_is_shown_as_it_is_typed(text: str) -> None:
    assert reading(text).text == text.strip()


def test_links_are_read_as_written_and_decoded() -> None:
    read = reading("[a](https://a.example/%6Frange) ![b](https://b.example) https://c.example")
    assert read.links == (
        "https://a.example/%6Frange",
        "https://b.example",
        "https://c.example",
    )
    assert "https://a.example/orange" in read.texts


def test_an_excerpt_is_cut_at_a_word() -> None:
    text = "# A *long* text\n\n- with **words**\n- and [more](https://a.example)"
    assert excerpt(text, 100) == "A long text - with words - and more"
    assert excerpt(text, 20) == "A long text - with…"
    assert excerpt("x" * 50, 10) == "x" * 9 + "…"


class Checker(HTMLParser):
    """Fails at what may not be in a page."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert tag in TAGS
        assert values.keys() <= {"href", "rel", "src", "alt", "start", "tabindex", *LAZY_IMAGE}
        for name in ("href", "src"):
            if name in values:
                assert (values[name] or "").partition(":")[0].lower() in SCHEMES
        assert tag != "a" or values["rel"] == "nofollow ugc noopener"


PIECES = st.lists(
    st.sampled_from(
        [*"*_`~[]()!<>#&\\\n\t -+1.|:'\"", "](", "![", "a", "http://a.example", "&#58;", "&colon;"]
        + [
            "javascript:",
            "<a href=x>",
            "<img onerror=x src=x>",
            "```\n",
            "> ",
            "- ",
            "\ud800",
            "\0",
        ]
    )
).map("".join)


@examples(300)
@given(st.text(st.characters(codec=None)) | PIECES, st.booleans())
def test_any_text_gives_safe_html(text: str, images: bool) -> None:
    html = render(text, images=images)
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert images or "<img" not in html
    read = reading(text, images=images)
    assert len(excerpt(text, 20)) <= 20
    assert (html + read.text + "".join(read.links)).encode() or not text.strip()


@pytest.mark.parametrize(
    "piece",
    ["[", "![", "![![", "](", "[a](", "![a](", "[](<", "[a](http://a ", "[[]](", "[`", "**["]
    + ["*", "**a", "*a_ ", "__a", "~~a", "`", "``a`", "\\", "&#", "<", "<a", "<http:", "<a@"]
    + ["> ", ">\n", "> - ", "1. > - ", "- a\n", "- a\n\n  b\n", "```\n", "# a\n", "***\n"]
    + ["http://", "http://a", "http://a(", "http://a)", "://a", "\n", " \n", "a\n\n", "\u200b"],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    def run(size: int) -> None:
        text = (piece * size)[:size]
        render.cache_clear()
        reading.__wrapped__(text, images=True)

    assert_linear(run, 500)


@pytest.mark.parametrize(
    ("opened", "closed"),
    [("![", "](http://a)"), ("[", "](http://a)"), ("**", "**"), ("*a ", "*"), ("(", ")")],
)
def test_nested_text_takes_time_in_proportion_to_its_length(opened: str, closed: str) -> None:
    def run(size: int) -> None:
        render.cache_clear()
        reading.__wrapped__(opened * size + "x" + closed * size, images=True)

    assert_linear(run, 100)


def test_no_quote_is_so_deep_that_its_text_is_lost() -> None:
    assert reading(">" * 100 + " words").text.endswith("words")
    assert reading("- " * 100 + "words").text.endswith("words")
