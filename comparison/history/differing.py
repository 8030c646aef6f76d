"""How the newcomer's rows differ from those of the services that own them, row by row."""

from django.db.models import Model
from msgspec import Struct

from comments.models import Comment
from posts.models import Post
from query.models import CommentView, PostView

PAIRS: tuple[tuple[type[Model], type[Model]], ...] = ((Post, PostView), (Comment, CommentView))


class Difference(Struct, frozen=True, kw_only=True):
    """Rows: ``missing`` here; ``stale``, not as they are there; ``ghosts``, there no more."""

    missing: int = 0
    stale: int = 0
    ghosts: int = 0

    @property
    def is_none(self) -> bool:
        return not (self.missing or self.stale or self.ghosts)


def difference() -> Difference:
    missing = stale = ghosts = 0
    for theirs, ours in PAIRS:
        fields = [field.name for field in ours._meta.concrete_fields]
        there = {row[0]: row for row in theirs._default_manager.order_by().values_list(*fields)}
        here = {row[0]: row for row in ours._default_manager.order_by().values_list(*fields)}
        missing += len(there.keys() - here.keys())
        ghosts += len(here.keys() - there.keys())
        stale += sum(here[key] != there[key] for key in here.keys() & there.keys())
    return Difference(missing=missing, stale=stale, ghosts=ghosts)
