"""Posts' own rows, as the log has them."""

from typing import Any
from uuid import uuid4

from eventstore.contracts import Contract, PostCreated, PostDeleted, PostUpdated
from eventstore.owned import Owned
from posts.models import Outbox, Post


class Posts(Owned):
    model = Post
    attributes = {
        "post_id": "id",
        "title": "title",
        "body": "body",
        "author": "author",
        "created_at": "created_at",
        "slug": "slug",
        "former_path": "former_path",
    }
    states = (PostCreated, PostUpdated)
    gone = PostDeleted
    outbox = Outbox

    def row_of(self, event: Any) -> Any:
        row = super().row_of(event)
        row.slug = event.slug or None
        return row

    def event_of(self, contract: type[Contract], row: Any, **given: Any) -> Contract:
        if "slug" in contract.__struct_fields__:
            given = {"slug": row.slug or "", **given}
        return super().event_of(contract, row, **given)

    def overwrite(self, row: Any, expected: Any) -> None:
        super().overwrite(row, expected)
        row.revision = uuid4()


POSTS = Posts()
