"""The Markdown of an import reads as the HTML did."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.articles import Counts, article
from tests.fuzzing import examples
from tests.growth import assert_linear
from web.markdown import MAX_LEVEL, reading, render

SITE = "https://blog.example"


def as_markdown(html: str) -> str:
    return article(html, SITE, Counts())


PLAIN = [
    "2 * 3 * 4, *starred* and **more**",
    "snake_case and _under_ and __init__",
    "# no heading",
    "1. no list",
    "1986. A year",
    "- no item",
    "+ no item",
    "---",
    "- - -",
    "-- -",
    "> no quote",
    "`no code` and ``` none",
    "~~no strike~~ ~ ~~~",
    "[no](https://link.example) ![none](https://image.example)",
    "<https://no.example> <b> <ann@a.example>",
    "&amp; &#111; &nbsp; AT&T",
    r"C:\new\table \*",
    "https://a.example/snake_case_(x)_?a=1&amp;b=2#c",
    "see https://a.example/x_. And *",
    "C#",
]


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize(
    "html", ["<p>{}</p>", "<h2>{}</h2>", "<blockquote>{}</blockquote>", "<ul><li>x<br>{}</li></ul>"]
)
def test_what_only_looks_like_markdown_is_text(text: str, html: str) -> None:
    markdown = as_markdown(html.format(escape(text, quote=False)))
    assert reading(markdown).text.removeprefix("- x\n") == text
    for tag in ("<em>", "<code>", "<s>", "<ol", "<hr", "<img"):
        assert tag not in render(markdown)


def test_an_address_in_a_text_stays_whole() -> None:
    markdown = as_markdown("https://a.example/a_b_(c)_d, <a href='https://b.example'>x_y_</a>")
    assert reading(markdown).links == ("https://a.example/a_b_(c)_d", "https://b.example")


STYLES = [
    ("a<b>b</b>c", "a**b**c"),
    ("<b>a </b>b<b> c</b>", "**a** b **c**"),
    ("<b>Note:</b>this", "**Note**:this"),
    ("this<i>(that)</i>", "this(*that)*"),
    ("<b>a <i>b</i></b> <i>c</i>", "**a *b*** *c*"),
    ("<i>a <b>b</b> c</i>", "*a **b** c*"),
    ("<b>a<br>b</b>", "**a\nb**"),
    ("<b><p>a</p><p>b</p></b>", "**a**\n\n**b**"),
    ("<b>!</b> <i></i> <b> </b>", "**!**"),
    ("<code>a`b</code> <kbd>`</kbd> <tt>``` x</tt>", "``a`b`` `` ` `` ` ``` x `"),
    ("<b>use <code>*x*</code></b>", "**use `*x*`**"),
    ("wow!<a href='https://a.example'>x</a>", "wow\\![x](https://a.example)"),
    ("<a href='https://a.example/(b)'><b>x</b> [y]</a>", "[**x** \\[y\\]](https://a.example/%28b%29)"),
    ("<h3>a<br>b ##</h3>", "### a b \\##"),
]  # fmt: skip


@pytest.mark.parametrize(("html", "markdown"), STYLES)
def test_emphasis_begins_and_ends_where_markdown_sees_it(html: str, markdown: str) -> None:
    assert as_markdown(html) == markdown


LISTS = [
    ("<ul><li>a<p>b</p></li><li>c</li></ul>", "- a\n\n  b\n- c"),
    ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
    ("<ol><li>a</li></ol><ol><li>b</li></ol>", "1. a\n\n1) b"),
    ("<ol><li></li><li>b</li></ol>", "1.\n2. b"),
    ("<ul><li>a<ol start=3><li>b</li></ol></li></ul>", "- a\n\n  3. b"),
    ("<ol start=-2><li>a</li></ol>", "1. a"),
    ("<ol start=9><li>a</li><li>b<p>c</p></li></ol>", "9. a\n10. b\n\n    c"),
    ("<ul><li><pre>a\n  b</pre></li></ul>", "- ```\n  a\n    b\n  ```"),
    ("<ul><li><blockquote>a</blockquote>b</li></ul>", "- > a\n\n  b"),
    ("<pre>```\na</pre>", "````\n```\na\n````"),
]


@pytest.mark.parametrize(("html", "markdown"), LISTS)
def test_lists_and_code(html: str, markdown: str) -> None:
    assert as_markdown(html) == markdown


@pytest.mark.parametrize("tags", ["<blockquote>", "<ul><li>", "<ol><li>", "<ol><li><blockquote>"])
def test_what_is_deeper_than_markdown_goes_is_still_read(tags: str) -> None:
    markdown = as_markdown(tags * 2 * MAX_LEVEL + "words")
    assert reading(markdown).text.endswith("words")


# HTML, with the text that its reader reads, but for white space.

NASTY = [
    *("*a*", "**", "_", "__b__", "snake_case", "#", "# x", "1.", "2)", "-", "+ y", "--", "---"),
    *("<b>", "<", "`", "``", "```", "[x](https://b.example)", "![", "]", "(", ")", "&amp;", "&"),
    *("#111;", "\\", "~~", "~", "!", "https://a.example/x_y_", "https://a.example/(z).", ">"),
    *("> q", "|", "=", "==", "word", "é", "«q»", "“", "x", "10", "3. z", "\\*", "http://", "://"),
    *("<https://c.example>", "a@b.example", "'", '"', ".", ", ", "~~~", "\t", "語", "😀"),
]  # fmt: skip
ADDRESS = "https://l.example/a_b(c)?x=1&lt=2"
Read = tuple[str, str]


def squeezed(text: str) -> str:
    return "".join(text.split())


def in_tags(tag: str, inside: st.SearchStrategy[Read]) -> st.SearchStrategy[Read]:
    return inside.map(lambda pair: (f"<{tag}>{pair[0]}</{tag}>", pair[1]))


def together(one: st.SearchStrategy[Read]) -> st.SearchStrategy[Read]:
    pairs = st.lists(one, min_size=1, max_size=3)
    return pairs.map(lambda found: ("".join(h for h, _ in found), " ".join(t for _, t in found)))


texts = st.builds(
    str.join,
    st.sampled_from(["", "", " "]),
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=4),
)
text = texts.map(lambda text: (escape(text, quote=False), text))
space = st.sampled_from([(" ", ""), ("<br>", "")])
preformatted = texts.map(lambda text: (f"<pre>{escape(text)}\n  x</pre>", f"{text}x"))


def link(inside: st.SearchStrategy[Read]) -> st.SearchStrategy[Read]:
    """One without words shows its address."""
    return inside.map(
        lambda pair: (
            f'<a href="{escape(ADDRESS)}">{pair[0]}</a>',
            pair[1] if squeezed(pair[1]) else ADDRESS,
        )
    )


def inline(depth: int, *, links: bool = True) -> st.SearchStrategy[Read]:
    if not depth:
        return text
    inside = together(text | space | inline(depth - 1, links=links))
    styles = [in_tags(tag, inside) for tag in ("b", "i", "del")]
    more = [link(together(text | inline(depth - 1, links=False)))] if links else []
    return together(st.one_of(text, space, in_tags("code", text), *styles, *more))


def numbered(start: int, items: list[Read]) -> Read:
    html = "".join(f"<li>{html}</li>" for html, _ in items)
    read = [f"{start + number}. {text}" for number, (_, text) in enumerate(items)]
    return f'<ol start="{start}">{html}</ol>', " ".join(read)


def bulleted(items: list[Read]) -> Read:
    html = "".join(f"<li>{html}</li>" for html, _ in items)
    return f"<ul>{html}</ul>", " ".join(f"- {text}" for _, text in items if squeezed(text))


def blocks(depth: int) -> st.SearchStrategy[Read]:
    line = inline(2)
    simple = [in_tags(tag, line) for tag in ("p", "h2", "div")]
    simple += [line, preformatted, st.just(("<hr>", ""))]
    if not depth:
        return together(st.one_of(*simple))
    inside = blocks(depth - 1)
    items = st.lists(inside | line, min_size=1, max_size=3)
    lists = [st.builds(numbered, st.sampled_from([1, 3]), items), st.builds(bulleted, items)]
    return together(st.one_of(*simple, in_tags("blockquote", inside), *lists))


@examples(300)
@given(blocks(2))
def test_a_reader_reads_the_same(pair: Read) -> None:
    html, read = pair
    markdown = as_markdown(f"<!-- wp:html -->{html}")
    assert squeezed(reading(markdown, images=True).text) == squeezed(read)


@pytest.mark.parametrize(
    "piece",
    ["<b>x</b>", "<b>x", "<b>x<i>", "<i>a</i><b>b</b>", "<code>`", "!<a href=x>y</a>", "<ol><li>"]
    + [
        "<ol><li></ol>",
        "<blockquote></ul>",
        "<ul></blockquote>",
        "http://a",
        "://",
        "_*`[",
        "<li>x",
    ]
    + ["<ul><li>x</ul>", "<blockquote>x</blockquote>", "<h2>x", "<hr>x", "<p>http://a_b "],
)
def test_hostile_html_takes_time_in_proportion_to_its_length(piece: str) -> None:
    assert_linear(lambda size: as_markdown(piece * size), 200)
