"""Posts publishes what happens to posts, and subscribes to nothing."""

import uuid

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone

from eventstore import messaging
from web.text import plain_text


class Post(models.Model):
    """A post as this service knows it; the others know it from its events."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200, validators=[plain_text])
    body = models.TextField(max_length=20_000, validators=[MaxLengthValidator(20_000), plain_text])
    author = models.CharField(max_length=80, blank=True, validators=[plain_text])
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    version = models.PositiveIntegerField(default=1, editable=False)  # the ETag: grows by edits

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.title


class Outbox(messaging.Outbox):
    pass
