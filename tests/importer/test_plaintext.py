"""The HTML of blogs, and the plain text that it becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.plaintext import is_blank, one_line, plain_text, without_controls, without_shortcodes
from tests.growth import assert_linear

CASES = [
    ("", ""),
    ("words", "words"),
    ("<p>One.</p><p>Two <b>bold</b>ly.</p>", "One.\n\nTwo boldly."),
    ("one<br>two<br />\nthree<br><br>four", "one\ntwo\nthree\n\nfour"),
    ("first\n\n\n\nsecond\nline", "first\n\nsecond\nline"),
    ("<!-- wp:paragraph -->\n<p>one\nline</p>\n<!-- /wp:paragraph -->", "one line"),
    ("<p>  many\t spaces&nbsp;&nbsp;here </p>", "many spaces here"),
    ("a <i>b</i> c<i> d</i>.", "a b c d."),
    ("Tom &amp; Jo &lt;3 &#8220;x&#x201D; &eacute;", "Tom & Jo <3 “x” é"),
    ("1 < 2 and 2 > 1, a<3", "1 < 2 and 2 > 1, a<3"),
    ("never <b closed", "never <b closed"),
    ('<a href="x" title="a > b">link</a>', "link"),
    ("<IMG SRC='x.png' ALT=\"pic\">after", "after"),
    ("a<script>if (a < b) { alert('<p>') }</script >b", "ab"),
    ("a<style>p { color: red }</STYLE>b", "ab"),
    ("a<script>never closed", "a"),
    ("a<svg viewBox='0'/>b<iframe src=x>no frames</iframe>c", "abc"),
    ("a<!-- hidden <p> -->b<!-- never closed", "ab"),
    ("<!DOCTYPE html><?php echo 1 ?>text", "text"),
    ("<h2>Head</h2>\ntext\n<hr>\nmore", "Head\n\ntext\n\nmore"),
    ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>\nafter", "- a\n- b\n\nafter"),
    ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n  - b\n2. c"),
    ("<ul><li><img></li><li>b</li></ul>", "- b"),
    ("<table><tr>\n<th>a</th>\n<td>b</td>\n</tr><tr><td>c</td></tr></table>", "a | b\nc"),
    ("x<pre>\n  if a:\n\n    b &lt; c\n</pre>y", "x\n\n  if a:\n\n    b < c\n\ny"),
    ("<blockquote>Words\n<cite>Ann</cite></blockquote>", "Words\nAnn"),
    ("</ul></li></pre></p><li>x", "x"),
    ("nul\x00 bell\x07 &#0;&#7;&#xD800;", "nul bell \ufffd\ufffd"),
    ("lone \ud800 surrogate", "lone surrogate"),
    ("old\r\nmac\rlines", "old\nmac\nlines"),
    (f"&#{'9' * 5000};", "\ufffd"),
]


@pytest.mark.parametrize(("html", "text"), CASES)
def test_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_one_line() -> None:
    assert one_line("A <em>long</em><br>\n title\t&amp; more") == "A long title & more"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a [gallery] b", "a  b"),
        ('[gallery ids="1,2"]', ""),
        ("[audio https://blog.example/a.mp3]", ""),
        ('[caption id="a"]<img> A bell[/caption]', "<img> A bell"),
        ('[caption id="a" caption="A bell"]<img>[/caption]', "A bell<img>"),
        ("[su_note]words[/su_note]", "words"),
        ("[contact-form-7 id='3']", ""),
        ("[spacer /]", ""),
        ("[sic] [1] [...] [note: a=b] [/irony]", "[sic] [1] [...] [note: a=b] [/irony]"),
        ("&#91;gallery&#93;", "&#91;gallery&#93;"),
    ],
)
def test_shortcodes(html: str, text: str) -> None:
    assert without_shortcodes(html) == text


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
    text = plain_text(without_shortcodes(html))
    assert text == without_controls(text)
    assert text == text.strip("\n")
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<a ", "<a b='", '<a b=">', "</", "<![CDATA[", "&#", "<script></", "<ul><li>x"]
    + ["[a", "[a ", "[/a]", "[a b=", "<td>", "<br>", "<pre>", " \n", "<svg>"],
)
def test_hostile_html_takes_time_in_proportion_to_its_length(piece: str) -> None:
    assert_linear(lambda size: plain_text(without_shortcodes(piece * size)), 1_000)
