"""A blog that is brought in from an export, and what is said of it."""

from collections import Counter
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from eventstore.models import Event
from tests.histories import settle
from tests.importer.wxrfiles import comment, item, wxr


def bring_in(file: Path, text: str) -> dict[str, str]:
    """Import, and return the summary's rows by name."""
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
