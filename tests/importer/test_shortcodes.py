"""Which brackets are shortcodes of WordPress, and what of them stays; the rest is words."""

import pytest

from importer.articles import Counts, article
from web.markdown import reading

SITE = "https://blog.example"


def as_text(html: str) -> tuple[str, dict[str, int]]:
    counts = Counts()
    text = article(html, SITE, counts, is_post=True)
    return text, {
        f"{what}: {name}": number for (what, name), number in counts.items() if "[" in name
    }


@pytest.mark.parametrize(
    ("html", "text", "counted"),
    [
        ("a [gallery] b", "a\n\nb", "left out: [gallery]"),
        ("[gallery /]", "", "left out: [gallery]"),
        ('[gallery ids="1,2" link="file"]', "", "left out: [gallery]"),
        ("[gallery columns=2 size=large]", "", "left out: [gallery]"),
        ('<p>[gallery&nbsp;ids="1"]</p>', "", "left out: [gallery]"),
        ("a[gallery ids='1']b", "a\n\nb", "left out: [gallery]"),
        ('[playlist type="video" ids="1"]', "", "left out: [playlist]"),
        ("<p>[video]</p>", "", "left out: [video]"),
        ("one\n[audio]\ntwo", "one\n\ntwo", "left out: [audio]"),
        (
            "[audio https://b.example/a.mp3]",
            "https://b.example/a.mp3",
            "kept as links: [audio]",
        ),
        (
            '[audio mp3="/a.mp3" ogg="/a.ogg"][/audio]',
            "https://blog.example/a.mp3\nhttps://blog.example/a.ogg",
            "kept as links: [audio]",
        ),
        (
            'see [video width="640" mp4="https://b.example/v.mp4?a=1&amp;b=2"][/video] it',
            "see\n\nhttps://b.example/v.mp4?a=1&b=2\n\nit",
            "kept as links: [video]",
        ),
        (
            "[embed]https://t.example/1[/embed]",
            "https://t.example/1",
            "kept as links: [embed]",
        ),
        (
            '[embed width="9"]https://t.example/1[/embed]',
            "https://t.example/1",
            "kept as links: [embed]",
        ),
        (
            '[caption id="a" width="3"]<img src="/a.png" alt="A"> A <b>bell</b>[/caption]',
            "![A](https://blog.example/a.png)\nA **bell**",
            "kept as plain text: [caption]",
        ),
        (
            '[wp_caption id="a" caption="A <a href=/x>bell</a>"]<img src=/a.png>[/wp_caption]',
            "A [bell](https://blog.example/x) ![](https://blog.example/a.png)",
            "kept as plain text: [wp_caption]",
        ),
        ("[caption]A[/caption][caption]B[/caption]", "A\n\nB", "kept as plain text: [caption]"),
    ],
)
def test_shortcodes_go_and_what_they_hold_stays(html: str, text: str, counted: str) -> None:
    found, counts = as_text(html)
    assert found == text
    assert set(counts) == {counted}


SENTENCES = [
    "[video of the talk](https://a.example/v) was [audio only] then",
    "the [gallery opening on Friday] and the [playlist for June]",
    "My talk [video] and [audio], [embed] or [caption] it",
    "[gallery](https://a.example/x) [video](https://a.example/v) [gallery]: here",
    "photos[gallery] and $_GET[playlist]",
    "[Gallery] [VIDEO] [gallery-2] [galleryx] [audio: a=b] [video, see below]",
    "[audio bitrate=128 was too low] [gallery opening=soon]",
    "[video https://a.example/talk is here]",
    "a loose [/caption] and [/gallery]",
    '[su_note color="red"]words[/su_note] [contact-form-7 id="3"] [spacer /]',
    '[Parameter(Mandatory=$true, HelpMessage="The name")] [string]$Name',
    '[DllImport("user32.dll", CharSet="Auto")] [1] [...] [sic] [x] [ ] [[wiki link]]',
    'if [[ "$a" == "b" ]]; then [ -f x ]; fi',
    "[[escaped]] &#91;gallery&#93;",
    "an open [gallery and [audio never closed",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_an_authors_brackets_stay(sentence: str) -> None:
    text, counts = as_text(f"<p>{sentence}</p>")
    assert reading(text).text == sentence.replace("&#91;", "[").replace("&#93;", "]")
    assert not counts


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('[a <a href="https://a.example" title="x">link</a>]', "[a [link](https://a.example)]"),
        ('[video <a href="https://a.example">here</a>]', "[video [here](https://a.example)]"),
        ('[gallery <span class="x">of</span> birds]', "[gallery of birds]"),
        ('<pre>[gallery ids="1"]\n  [video]</pre>', '```\n[gallery ids="1"]\n  [video]\n```'),
        ('<pre>[<b class="x">gallery</b>]</pre>', "```\n[gallery]\n```"),
        (
            'write <code>[gallery ids="1"]</code> or <code>[[audio]]</code>',
            'write `[gallery ids="1"]` or `[[audio]]`',
        ),
        ('<a href="https://a.example/[gallery]">x</a>', "[x](https://a.example/[gallery])"),
    ],
)
def test_neither_markup_nor_code_makes_a_shortcode(html: str, text: str) -> None:
    found, counts = as_text(html)
    assert found == text
    assert not counts


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("[[gallery]]", "[gallery]"),
        ('[[gallery ids="1"]] and [[video of it]]', '[gallery ids="1"] and [video of it]'),
        (
            "[[caption]<b>A</b>[/caption]] [[embed]x[/embed]]",
            "[caption]**A**[/caption] [embed]x[/embed]",
        ),
    ],
)
def test_an_escaped_shortcode_is_text(html: str, text: str) -> None:
    found, counts = as_text(html)
    assert found == text
    assert not counts


def test_a_block_editors_comments_go_and_its_shortcodes_too() -> None:
    html = '<!-- wp:shortcode {"x":[1]} -->\n[gallery ids="1"]\n<!-- /wp:shortcode --><p>a\nb</p>'
    assert as_text(html) == ("a b", {"left out: [gallery]": 1})


def test_comments_have_no_shortcodes() -> None:
    assert article('[gallery ids="1"]', SITE, Counts()) == '[gallery ids="1"]'
