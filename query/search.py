"""Search of posts: all words in title or text, in any order, newest first.

The read model has no index of words, so a search reads texts. That is bounded: the newest posts
only, and no further than the most results that are shown.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from query.models import PostView

MAX_LENGTH = 100  # characters of a query
MAX_WORDS = 8
MAX_SEARCHED = 5_000  # posts
MAX_RESULTS = 200


@dataclass(frozen=True)
class Found:
    """Posts that have the words. ``more``: there are others than these. ``is_bounded``: there are
    older posts, which were not searched."""

    ids: list[UUID]
    more: bool
    is_bounded: bool


def words_of(query: str) -> list[str]:
    """What to search for; nothing where there is nothing to be seen. Control characters, which
    PostgreSQL refuses, separate words."""
    text = "".join(char if char.isprintable() else " " for char in query[:MAX_LENGTH])
    return list(dict.fromkeys(text.split()))[:MAX_WORDS]


def search(words: list[str]) -> Found:
    """Two queries."""
    posts = PostView.objects.all()
    beyond = posts.values_list("created_at", flat=True)[MAX_SEARCHED : MAX_SEARCHED + 1].first()
    if beyond is not None:
        posts = posts.filter(created_at__gt=beyond)
    for word in words:
        posts = posts.filter(_has(word))
    ids = list(posts.values_list("id", flat=True)[: MAX_RESULTS + 1])
    return Found(ids[:MAX_RESULTS], len(ids) > MAX_RESULTS, beyond is not None)


def _has(word: str) -> Q:
    """Whatever its case: SQLite knows the case of ASCII letters alone."""
    forms = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    found = Q()
    for form in sorted(forms):
        found |= Q(title__icontains=form) | Q(body__icontains=form)
    return found
