"""Small WordPress exports, and importing them."""

from collections import Counter
from io import StringIO
from pathlib import Path
from xml.sax.saxutils import escape

from django.core.management import call_command

from eventstore.models import Event
from importer.wxr import Export, open_export
from tests.histories import settle

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/{version}/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/{version}/">
<channel><title>A blog</title><link>https://blog.example</link>
<wp:wxr_version>{version}</wp:wxr_version>
<wp:base_blog_url>{site}</wp:base_blog_url>
<wp:author><wp:author_login>ann</wp:author_login>
<wp:author_display_name><![CDATA[Ann Other]]></wp:author_display_name></wp:author>
"""


def wxr(*items: str, version: str = "1.2", site: str = "https://blog.example") -> str:
    """An export of these items."""
    return HEAD.format(version=version, site=site) + "\n".join(items) + "</channel></rss>"


def export_of(file: Path, text: str) -> Export:
    """The export of this text, written to ``file`` and opened."""
    file.write_text(text, encoding="utf-8")
    return open_export(file)


def item(
    number: int = 1,
    *comments: str,
    title: str = "A title",
    content: str = "A text",
    author: str = "ann",
    kind: str = "post",
    status: str = "publish",
    password: str = "",
    gmt: str = "2010-10-05 07:27:25",
    local: str = "2010-10-05 09:27:25",
    published: str = "Tue, 05 Oct 2010 07:27:25 +0000",
    guid: str | None = None,
    link: str = "",
    slug: str = "",
    others: str = "",
) -> str:
    guid = f"https://blog.example/?p={number}" if guid is None else guid
    return f"""<item><title>{escape(title)}</title><pubDate>{published}</pubDate>
<link>{escape(link)}</link><dc:creator>{escape(author)}</dc:creator>
<guid isPermaLink="false">{escape(guid)}</guid>
<content:encoded>{escape(content)}</content:encoded>
<excerpt:encoded></excerpt:encoded>{others}
<wp:post_id>{number}</wp:post_id><wp:post_name>{slug}</wp:post_name><wp:post_date>{local}</wp:post_date>
<wp:post_date_gmt>{gmt}</wp:post_date_gmt><wp:status>{status}</wp:status>
<wp:post_type>{kind}</wp:post_type><wp:post_password>{password}</wp:post_password>
{"".join(comments)}</item>"""


def comment(
    number: int = 1,
    content: str = "A comment",
    *,
    approved: str = "1",
    author: str = "Bob",
    kind: str = "comment",
    gmt: str = "2010-10-06 10:00:00",
    parent: int = 0,
    url: str = "",
) -> str:
    return f"""<wp:comment><wp:comment_id>{number}</wp:comment_id>
<wp:comment_author>{escape(author)}</wp:comment_author>
<wp:comment_author_url>{url}</wp:comment_author_url>
<wp:comment_date>2010-10-06 12:00:00</wp:comment_date>
<wp:comment_date_gmt>{gmt}</wp:comment_date_gmt>
<wp:comment_content>{escape(content)}</wp:comment_content>
<wp:comment_approved>{approved}</wp:comment_approved>
<wp:comment_type>{kind}</wp:comment_type>
<wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"""


def import_text(file: Path, text: str) -> dict[str, str]:
    """Imports, and returns the summary's rows by name."""
    file.write_text(text, encoding="utf-8")
    out = StringIO()
    call_command("import_wxr", str(file), stdout=out)
    settle()
    lines = [line.strip() for line in out.getvalue().splitlines()]
    return {what.strip(): n for what, _, n in (line.rpartition(" ") for line in lines)}


def events() -> Counter[str]:
    return Counter(Event.objects.values_list("type", flat=True))


BLOG = wxr(
    item(
        1,
        comment(1, "Waits", approved="0"),
        comment(2, "An orange, approved there"),
        comment(3, "Buy <b>now</b>", approved="spam", author=""),
        comment(4, "Gone", approved="trash"),
        comment(5, "[...] as Ann said [...]", kind="pingback"),
        title="Tom &amp; <i>Jo</i>",
        content="<p>One.</p><p>Two.</p>",
    ),
    item(2, title="Another"),
)
