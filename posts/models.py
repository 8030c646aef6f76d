"""Posts publishes what happens to posts, and subscribes to nothing."""

import uuid
from typing import Any

from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone

from eventstore import messaging
from web import keys
from web.text import plain_text


class RandomUUID(models.Func):
    """A new UUID for each row, made by the database."""

    output_field = models.UUIDField()
    template = "REPLACE(UUID(), '-', '')"
    arity = 0

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LOWER(HEX(RANDOMBLOB(16)))")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="GEN_RANDOM_UUID()")


class Post(models.Model):
    """A post as this service knows it; the others know it from its events."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200, validators=[plain_text])
    body = models.TextField(
        max_length=20_000, blank=True, validators=[MaxLengthValidator(20_000), plain_text]
    )
    author = models.CharField(max_length=80, blank=True, validators=[plain_text])
    # None for a post that is older than slugs, until it is changed.
    slug = models.CharField(max_length=120, unique=True, null=True, editable=False)  # noqa: DJ001
    former_path = models.CharField(
        max_length=400, blank=True, default="", db_default="", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    # New with every write: no state has the tag of another, even after an older state of this
    # database was restored. A program of an earlier version does not know it.
    revision = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)  # grows by edits

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["author", "created_at", "id"], name="posts_by_author"),)

    def __str__(self) -> str:
        return self.title

    @property
    def tag(self) -> str:
        """What identifies this state of the post: its ETag."""
        return f"{self.revision.hex}-{self.version}"


class Outbox(messaging.Outbox):
    pass


class IdempotencyKey(keys.IdempotencyKey):
    outbox = Outbox
