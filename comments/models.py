"""Comments owns the comments and the meaning of a status. It subscribes to posts and decisions."""

import json
import uuid

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from eventstore import messaging
from eventstore.consumer import Consumer
from web import keys
from web.text import plain_text


class Status(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Comment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post_id = models.UUIDField(editable=False)
    parent_id = models.UUIDField(null=True, editable=False)
    author = models.CharField(max_length=80, validators=[plain_text])
    content = models.TextField(max_length=5_000, validators=[MaxLengthValidator(5_000), plain_text])
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    reason = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    """Why it was rejected, for its sender."""
    revision = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    """Of its text: one more each time its sender changes it."""
    thread_id = models.UUIDField(null=True, editable=False)
    """Of a reply: the comment that its thread began with."""
    thread_at = models.DateTimeField(null=True, editable=False)
    """Of a reply: when that comment was created."""

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["post_id", "created_at"], name="comment_of_post"),
            models.Index(fields=["created_at", "id"], name="comment_by_time"),
            models.Index(fields=["status", "created_at", "id"], name="comment_of_status"),
        )

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:60]}"

    @property
    def tag(self) -> str:
        """It changes with what the comment says and with its status. It gives no hint at a text
        that is not shown, not even to who can guess it."""
        state = [self.revision, self.status, self.reason, self.author, self.content]
        return salted_hmac("comments.tag", json.dumps(state)).hexdigest()[:32]


class KnownPost(models.Model):
    """A post that may be commented on. Comments knows it from its events alone."""

    post_id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return str(self.post_id)


class Outbox(messaging.Outbox):
    pass


class IdempotencyKey(keys.IdempotencyKey):
    outbox = Outbox


class Checkpoint(messaging.Checkpoint):
    pass


class ParkedEvent(messaging.ParkedEvent):
    pass


class Waypoint(messaging.Waypoint):
    pass


class Continuation(messaging.Continuation):
    pass


consumer = Consumer("comments", Checkpoint, ParkedEvent, Waypoint, Continuation)
