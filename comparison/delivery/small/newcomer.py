"""A service that is added later, and wants to know of every comment."""

from comparison.delivery.small.service import Service, note
from eventstore.contracts import CommentCreated, Contract


class Newcomer(Service):
    name = "newcomer"
    hears = (CommentCreated,)

    def handle(self, event: Contract) -> None:
        if isinstance(event, CommentCreated):
            with self.transaction() as database:
                note(database, event.comment_id, event.post_id)
