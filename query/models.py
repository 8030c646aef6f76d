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

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["-created_at", "-id"], name="postview_newest"),)

    def __str__(self) -> str:
        return self.title


class CommentView(models.Model):
    """A comment as the page shows it. Its post may come later, or be gone already: no relation."""

    id = models.UUIDField(primary_key=True)
    post_id = models.UUIDField()
    author = models.CharField(max_length=80)
    content = models.TextField()
    status = models.CharField(max_length=8)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        indexes = (
            models.Index(fields=["post_id", "created_at", "id"], name="commentview_of_post"),
        )

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:60]}"


class Checkpoint(messaging.Checkpoint):
    pass


class ParkedEvent(messaging.ParkedEvent):
    pass


consumer = Consumer("query", Checkpoint, ParkedEvent)
