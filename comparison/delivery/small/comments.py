"""Comments: they are pending until it is heard what moderation has decided."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from comparison.delivery.small.service import Service, note
from eventstore.contracts import CommentCreated, CommentModerated, Contract


class Comments(Service):
    name = "comments"
    hears = (CommentModerated,)
    tables = """
        CREATE TABLE IF NOT EXISTS comment (
            id TEXT PRIMARY KEY, post_id TEXT NOT NULL, author TEXT NOT NULL,
            content TEXT NOT NULL, status TEXT NOT NULL
        );
    """

    def create(self, post_id: UUID, author: str, content: str) -> CommentCreated:
        """A new comment is saved; what is to be said of it."""
        comment = CommentCreated(
            comment_id=uuid4(),
            post_id=post_id,
            author=author,
            content=content,
            status="pending",
            created_at=datetime.now(UTC),
        )
        with self.transaction() as database:
            database.execute(
                "INSERT INTO comment (id, post_id, author, content, status) VALUES (?, ?, ?, ?, ?)",
                (str(comment.comment_id), str(post_id), author, content, comment.status),
            )
        return comment

    def handle(self, event: Contract) -> None:
        if isinstance(event, CommentModerated):
            with self.transaction() as database:
                note(database, event.comment_id, event.post_id)
                database.execute(
                    "UPDATE comment SET status = ? WHERE id = ?",
                    (event.status, str(event.comment_id)),
                )
