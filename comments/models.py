"""Comments owns the comments and the meaning of a status. It subscribes to posts and decisions."""

import uuid

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone

from eventstore import messaging
from eventstore.consumer import Consumer
from web.text import plain_text


class Status(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Comment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post_id = models.UUIDField(editable=False)
    author = models.CharField(max_length=80, validators=[plain_text])
    content = models.TextField(max_length=5_000, validators=[MaxLengthValidator(5_000), plain_text])
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["post_id", "created_at"], name="comment_of_post"),)

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:60]}"


class KnownPost(models.Model):
    """A post that may be commented on. Comments knows it from its events alone."""

    post_id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.post_id)


class Outbox(messaging.Outbox):
    pass


class Checkpoint(messaging.Checkpoint):
    pass


class ParkedEvent(messaging.ParkedEvent):
    pass


consumer = Consumer("comments", Checkpoint, ParkedEvent)
