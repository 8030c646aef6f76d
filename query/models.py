"""Query holds the page's read model, made of events alone. It publishes nothing."""

from django.db import models

from eventstore import messaging
from eventstore.consumer import Consumer


class PostView(models.Model):
    """A post as the page shows it."""

    id = models.UUIDField(primary_key=True)
    title = models.CharField(max_length=200)
    body = models.TextField()
    author = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    slug = models.CharField(max_length=120, blank=True, default="", db_default="", db_index=True)
    former_path = models.CharField(
        max_length=400, blank=True, default="", db_default="", db_index=True
    )

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="postview_newest"),
            models.Index(fields=["author", "created_at", "id"], name="postview_by_author"),
        )

    def __str__(self) -> str:
        return self.title


class CommentView(models.Model):
    """A comment as the page shows it. Its post may come later, or be gone already: no relation."""

    id = models.UUIDField(primary_key=True)
    post_id = models.UUIDField()
    parent_id = models.UUIDField(null=True)
    author = models.CharField(max_length=80)
    content = models.TextField()
    status = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    thread_id = models.UUIDField(null=True)
    """The comment that its thread began with: itself, unless it is a reply."""
    thread_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at", "id")
        indexes = (
            # The newest of a post, and the newest of some status however many others are newer.
            models.Index(
                fields=["post_id", "created_at", "id", "status"], name="commentview_newest"
            ),
            # All that a page of threads is chosen and counted by.
            models.Index(
                fields=["post_id", "thread_at", "thread_id", "created_at", "id", "status"],
                name="commentview_thread",
            ),
        )

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:60]}"


class CommentCounts(models.Model):
    """How many comments a post has, by status; no row if it has none. Like them, it may be there
    before its post, or be left by one that is gone already."""

    post = models.OneToOneField(
        PostView,
        models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="counts",
    )
    approved = models.IntegerField(default=0)
    pending = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.approved}, {self.pending}, {self.rejected}"


messaging.Tally(CommentCounts, of_rows=CommentView, by="post_id", column="status")


class Checkpoint(messaging.Tallying, messaging.Checkpoint):
    pass


class ParkedEvent(messaging.ParkedEvent):
    pass


class Waypoint(messaging.Waypoint):
    pass


consumer = Consumer("query", Checkpoint, ParkedEvent, Waypoint)
