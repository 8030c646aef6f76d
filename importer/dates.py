"""Dates as WordPress writes them."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def first_date(*texts: str) -> datetime | None:
    """The first of these that is a date: "2010-10-05 07:27:25", or RSS's "Tue, 05 Oct 2010
    07:27:25 +0000".

    What names no zone is UTC. Zeros, which drafts have, and years before 1000, which MariaDB
    cannot hold, are no date.
    """
    return next((date for text in texts if (date := _date(text.strip()))), None)


def _date(text: str) -> datetime | None:
    try:
        # The library alone would take the year -0001, WordPress's other zero, for 2000.
        rss = _RSS.match(text)
        date = parsedate_to_datetime(text) if rss else datetime.fromisoformat(text)
        date = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return date if 1000 <= date.year < 9999 else None


_RSS = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d")
