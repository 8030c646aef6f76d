"""The HTML of blogs, and the Markdown that it becomes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.articles import Counts, article, one_line
from importer.markup import without_controls
from tests.fuzzing import examples
from tests.growth import assert_linear
from web.markdown import reading
from web.text import is_blank

CASES = [
    ("", ""),
    ("words", "words"),
    ("<p>One.</p><p>Two <b>bold</b>ly.</p>", "One.\n\nTwo **bold**ly."),
    ("one<br>two<br />\nthree<br><br>four", "one\ntwo\nthree\n\nfour"),
    ("first\n\n\n\nsecond\nline", "first\n\nsecond\nline"),
    ("<!-- wp:paragraph -->\n<p>one\nline</p>\n<!-- /wp:paragraph -->", "one line"),
    ("<p>  many\t spaces&nbsp;&nbsp;here </p>", "many spaces here"),
    ("a <i>b</i> c<i> d</i>.", "a *b* c *d*."),
    ("Tom &amp; Jo &lt;3 &#8220;x&#x201D; &eacute;", "Tom & Jo <3 “x” é"),
    ("1 < 2 and 2 > 1, a<3", "1 < 2 and 2 > 1, a<3"),
    ("never <b closed", "never \\<b closed"),
    ('<a href="x" title="a > b">link</a>', "[link](https://blog.example/x)"),
    ("<IMG SRC='x.png' ALT=\"pic\">after", "![pic](https://blog.example/x.png) after"),
    ("a<script>if (a < b) { alert('<p>') }</script >b", "ab"),
    ("a<style>p { color: red }</STYLE>b", "ab"),
    ("a<script>never closed", "a"),
    ("a<svg viewBox='0'/>b<iframe src=x>no frames</iframe>c", "ab\n<https://blog.example/x>\nc"),
    ("a<!-- hidden <p> -->b<!-- never closed", "ab"),
    ("<!DOCTYPE html><?php echo 1 ?>text", "text"),
    ("<h2>Head</h2>\ntext\n<hr>\nmore", "## Head\n\ntext\n\n---\n\nmore"),
    ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>\nafter", "- a\n- b\n\nafter"),
    ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n   - b\n2. c"),
    ("<ul><li><img></li><li>b</li></ul>", "- b"),
    ("<table><tr>\n<th>a</th>\n<td>b</td>\n</tr><tr><td>c</td></tr></table>", "a | b\nc"),
    ("x<pre>\n  if a:\n\n    b &lt; c\n</pre>y", "x\n\n```\n  if a:\n\n    b < c\n```\n\ny"),
    ("<blockquote>Words\n<cite>Ann</cite></blockquote>", "> Words\n> Ann"),
    ("</ul></li></pre></p><li>x", "x"),
    ("nul\x00 bell\x07 &#0;&#7;&#xD800;", "nul bell \ufffd\ufffd"),
    ("lone \ud800 surrogate", "lone surrogate"),
    ("old\r\nmac\rlines", "old\nmac\nlines"),
    (f"&#{'9' * 5000};", "\ufffd"),
]


@pytest.mark.parametrize(("html", "text"), CASES)
def test_text_and_its_shape_stay(html: str, text: str) -> None:
    assert article(html, "https://blog.example", Counts()) == text


def test_one_line() -> None:
    assert one_line("A <em>long</em><br>\n title\t&amp; more") == "A long title & more"


ARTICLES = [
    # Links, where one may be: else the address stands beside the words.
    (
        'See <a href="https://a.example/x?a=1&amp;b=2">this</a>.',
        "See [this](https://a.example/x?a=1&b=2).",
    ),
    ("<a href=https://a.example/>https://a.example</a>", "[https://a.example](https://a.example/)"),
    ('<a href="mailto:ann@a.example">write</a>', "[write](mailto:ann@a.example)"),
    ('<a href="/about us">about</a>', "[about](https://blog.example/about%20us)"),
    ('<a href="//cdn.example/x">x</a>', "[x](https://cdn.example/x)"),
    ('<a href="http://[x">odd</a>', "odd (http://[x)"),
    ('<a name="top">here</a> <a href="#top">up</a> <a href="javascript:go()">go</a>', "here up go"),
    ('<a href="https://a.example"></a>', "<https://a.example>"),
    (
        '<a href="https://a.example"><h2>Head</h2><p>text</p></a><p>next</p>',
        "## [Head](https://a.example)\n\n[text](https://a.example)\n\nnext",
    ),
    (
        '<a href="https://a.example">one <a href="https://b.example">two</a>',
        "[one](https://a.example) [two](https://b.example)",
    ),
    ('<a href="https://a.example">never closed', "[never closed](https://a.example)"),
    # Images.
    ('A<img src="/a.png" alt="A bell">b', "A ![A bell](https://blog.example/a.png) b"),
    ("<p><img src='https://a.example/a.png'></p>after", "![](https://a.example/a.png)\n\nafter"),
    (
        '<a href="https://a.example/b.png"><img src="https://a.example/s.png" alt="B"></a>',
        "[![B](https://a.example/s.png)](https://a.example/b.png)",
    ),
    (
        '<a href="https://a.example/b.png"><img src="https://a.example/b.png" alt="B"></a>',
        "[![B](https://a.example/b.png)](https://a.example/b.png)",
    ),
    (
        '<img src="data:image/gif;base64,xx" data-src="https://a.example/a.png">',
        "![](https://a.example/a.png)",
    ),
    ('<img src="data:image/gif;base64,xx" alt="A bell">', "A bell"),
    ('well <img class="wp-smiley" src="https://a.example/s.gif" alt=";)" />', "well ;)"),
    (
        '<div style="background-image:url(/a.png)"><p>words</p></div>',
        "![](https://blog.example/a.png)\n\nwords",
    ),
    ('<img src="/a.png" title="A bell">', "![A bell](https://blog.example/a.png)"),
    ('<map><area href="/x" alt="x"></map>', "<https://blog.example/x>"),
    # What only looks like a tag.
    ("<ann@a.example> <https://a.example/x>", "\\<ann@a.example> \\<https://a.example/x>"),
    ("<o:p>words</o:p> <st1:place w:st='on'>here</st1:place>", "words here"),
    # Players: their address is a link on its own line.
    (
        'a <iframe src="https://tube.example/1">no frames</iframe> b',
        "a\n<https://tube.example/1>\nb",
    ),
    (
        '<video controls><source src="/a.mp4"><source src="/a.webm">old browser</video>',
        "<https://blog.example/a.mp4>\n<https://blog.example/a.webm>",
    ),
    (
        '<object><param name="movie" value="https://t.example/v"><param name="x" value="y"><embed src="https://t.example/v"></object>',
        "<https://t.example/v>",
    ),
    # Code, quotations and lists keep their shape.
    (
        "<pre class='x'><code>\ndef f():\n\n\n    return [1]\n</code></pre>",
        "```\ndef f():\n\n\n    return [1]\n```",
    ),
    ("<pre>  first\n    second</pre>", "```\n  first\n    second\n```"),
    ("<pre>a<br>  b<br><br>c</pre>", "```\na\n  b\n\nc\n```"),
    ("<pre><div>a</div><div>  b</div></pre>c", "```\na\n  b\n```\n\nc"),
    ("<pre>a\n</pre><pre>b</pre>", "```\na\n```\n\n```\nb\n```"),
    (
        "a [code lang='x']\n  b\n\n\n  c\n[/code] d",
        "a\n\n```\n[code lang='x']\n  b\n\n\n  c\n[/code]\n```\n\nd",
    ),
    ("[php]\n  if (1 &lt; 2)\n[/php]", "```\n[php]\n  if (1 < 2)\n[/php]\n```"),
    ("use [code]x[/code] and [code]y\n  z", "use [code]x[/code] and [code]y\nz"),
    ("<pre>never\n  closed", "```\nnever\n  closed\n```"),
    ("a<blockquote>One\ntwo\n\nthree</blockquote>b", "a\n\n> One\n> two\n>\n> three\n\nb"),
    ("<blockquote>a<blockquote>b</blockquote>c</blockquote>", "> a\n>\n> > b\n>\n> c"),
    ("<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b"),
    ("<blockquote><pre>a\n  b</pre></blockquote>", "> ```\n> a\n>   b\n> ```"),
    ("<blockquote><ul><li>a</li></ul></blockquote>", "> - a"),
    ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
    (
        "Ann wrote <q>yes</q>, <b>bold</b> and <i>italic</i>",
        "Ann wrote “yes”, **bold** and *italic*",
    ),
    ("10<sup>2</sup> m<sup>2</sup> 1999<sup> 3</sup>, 7<sup></sup>5", "10^2 m2 1999^3, 75"),
    ("<math><mi>x</mi></math>", "x"),
]


@pytest.mark.parametrize(("html", "text"), ARTICLES)
def test_addresses_and_formatting_stay(html: str, text: str) -> None:
    assert article(html, "https://blog.example", Counts()) == text


WORDS = [f"word{n}" for n in range(12)]
AROUND = st.sampled_from(
    [
        *(
            "[",
            "]",
            "[[",
            "]]",
            "[video of ",
            "[gallery at ",
            "[/caption]",
            "[code]",
            "[audio ",
            " ",
        ),
        *("<p>", "</p>", "<b x='[y=\"z\"]'>", "</b>", "<pre>", "</pre>", "<code>", "</code>", "\n"),
        *(
            "<a href='https://a.example/[gallery]'>",
            "</a>",
            "<li>",
            "<ul>",
            "<td>",
            "<br>",
            "&#91;",
        ),
        *("<blockquote>", "</blockquote>", "<!-- wp:x [gallery] -->", "<x-y>", "a < b", "[/code]"),
        *(
            "[caption width='1']",
            "[embed]",
            "[/embed]",
            "[gallery]",
            "[playlist ids='1']",
            "[video]",
        ),
    ]
)


@examples(300)
@given(st.lists(AROUND, min_size=len(WORDS), max_size=3 * len(WORDS)))
def test_no_word_of_an_author_is_lost(around: list[str]) -> None:
    pieces = [piece for pair in zip(around, [*WORDS, *[""] * 40], strict=False) for piece in pair]
    text = article(" ".join(pieces), "https://blog.example", Counts(), is_post=True)
    assert re.findall(r"word\d+", text) == WORDS


def test_what_could_not_be_kept_is_counted() -> None:
    counts = Counts()
    html = """<h2>Head</h2> <b>bold</b> <i>italic</i> <a href="/x">x</a> <img src="/y.png">
        <a href="ftp://a.example/x">x</a> <img src="ftp://a.example/y.png" alt="y"> <u>under</u>
        x<sup>2</sup> <iframe src="/z"></iframe><iframe></iframe> a<b>!</b>b <img src="#" alt="z">
        <table><tr><td>1</td></tr></table><script>x</script>"""
    article(html, "https://blog.example", counts)
    assert counts == {
        ("kept as plain text", "links"): 1,
        ("kept as plain text", "images"): 2,
        ("kept as plain text", "underlines"): 1,
        ("kept as plain text", "subscripts and superscripts"): 1,
        ("kept as links", "players"): 1,
        ("left out", "players"): 1,
        ("kept as plain text", "tables"): 1,
        ("left out", "scripts"): 1,
    }


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}\u2060\u3164"]
)
def test_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(f"{text}.")


pieces = st.lists(
    st.sampled_from(
        [
            *(
                "<ul>",
                "</ul>",
                "<li>",
                "<td>",
                "<tr>",
                "<pre>",
                "</pre>",
                "<br>",
                "<p>",
                "<script>",
            ),
            *("</script>", "<!--", "-->", "<a b='", '<a b="', ">", "<", "\n", "  ", "x", "&#", "["),
        ]
    )
)


@given(st.text() | pieces.map("".join))
def test_any_input_gives_clean_text(html: str) -> None:
    text = article(html, "https://blog.example", Counts(), is_post=True)
    assert text == without_controls(text)
    assert text == text.strip("\n")
    assert "\n\n\n" not in text or "```" in text
    reading(text, images=True)


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<a ", "<a b='", '<a b=">', "</", "<![CDATA[", "&#", "<script></", "<ul><li>x"]
    + ["[a", "[a ", "[/a]", "[a b=", "<td>", "<br>", "<pre>", " \n", "<svg>"]
    + ["[gallery ", "[gallery]", "[[gallery]]", "[video]x[/video]", "[gallery a='", '[gallery a="']
    + ["[caption caption='<b>'", "<code>[audio]", "<a href=x>y", "<a href='x", "<img src=x alt=y>"]
    + [
        "<blockquote>x",
        "<pre>x\n",
        "<object><param value=x>",
        "<a b=c ",
        "[audio src=x y=",
        "\x00",
    ],
)
def test_hostile_html_takes_time_in_proportion_to_its_length(piece: str) -> None:
    assert_linear(
        lambda size: article(piece * size, "https://blog.example", Counts(), is_post=True), 200
    )
