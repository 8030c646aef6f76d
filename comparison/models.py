"""The monolith's own schema: posts and comments with a real foreign key between them, and the
moderators' rules.

It exists in the lab's processes only; the blog has no such database.
"""

import uuid

from django.db import models


class Post(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    body = models.TextField()
    author = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    slug = models.CharField(max_length=120, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["-created_at", "-id"], name="post_newest"),)

    def __str__(self) -> str:
        return self.title


class Comment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments", db_index=False)
    parent_id = models.UUIDField(null=True, blank=True)
    author = models.CharField(max_length=80)
    content = models.TextField()
    status = models.CharField(max_length=8)
    created_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    matched_term = models.CharField(max_length=100, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("created_at", "id")
        # Serves the foreign key, too.
        indexes = (models.Index(fields=["post", "created_at", "id"], name="comment_of_its_post"),)

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:60]}"


class Rule(models.Model):
    """As moderation's own, of words alone."""

    kind = "words"
    number = None
    term = models.CharField(max_length=100)
    match = models.CharField(max_length=9, default="word")
    action = models.CharField(max_length=6, default="reject")
    enabled = models.BooleanField(default=True)

    class Meta:
        default_permissions = ()
        ordering = ("term",)

    def __str__(self) -> str:
        return f"{self.term} ({self.match}): {self.action}"
