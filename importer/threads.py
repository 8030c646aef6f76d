"""Which comment of a post replies to which, in an export."""

from bisect import bisect_left
from collections import defaultdict

from importer.wxr import WxrComment

MAX_STEPS = 100
"""Past so many comments that are not imported a parent is looked for; there may be a circle."""


class Threads:
    """Of the comments of one post. They have numbers, which other programs than WordPress do not
    always make unique: the comment that is meant is the last one before the reply."""

    def __init__(self, comments: list[WxrComment]) -> None:
        self._comments = comments
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, comment in enumerate(comments):
            self._places[comment.wp_id].append(place)

    def is_reply(self, place: int) -> bool:
        return self._comments[place].parent not in ("", "0")

    def parent(self, place: int, imported: set[int]) -> int | None:
        """The place of the comment that the one at `place` replies to; if that is not imported, of
        the one that it replies to in turn. None if there is none."""
        for _ in range(MAX_STEPS):
            if not self.is_reply(place):
                return None
            same_number = self._places.get(self._comments[place].parent, [])
            before = bisect_left(same_number, place)
            others = same_number[before - 1 : before] if before else same_number[:1]
            if not others or others == [place]:
                return None
            place = others[0]
            if place in imported:
                return place
        return None
