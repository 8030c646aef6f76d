"""What a post's address ends with: words of its title, which stay when the title changes."""

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

from django.utils.text import slugify

MAX_LENGTH = 80  # of the words; what makes a slug unique comes on top
NUMBERED = range(2, 6)  # further posts of the same title; then comes a part of the id


def candidates(title: str, post_id: UUID) -> Iterator[str]:
    """Slugs for a post of this title, the best one first; the last one is the post's alone."""
    words = slugify(title, allow_unicode=True)[: MAX_LENGTH + 1]
    if len(words) > MAX_LENGTH:  # not in the middle of a word, unless that is all there is
        words = words.rpartition("-")[0] or words[:MAX_LENGTH]
    words = words.strip("-_") or "post"
    if not _is_uuid(words):  # which is an address of its own
        yield words
    yield from (f"{words}-{number}" for number in NUMBERED)
    yield f"{words}-{post_id.hex[:8]}"
    yield f"{words[: MAX_LENGTH // 2]}-{post_id.hex}"


def _is_uuid(text: str) -> bool:
    with suppress(ValueError):
        return bool(UUID(text))
    return False
