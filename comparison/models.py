"""The monolith's own schema: two tables, and a real foreign key between them.

It exists in the lab's processes alone; the blog has no such database.
"""

import uuid

from django.db import models


class Post(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    body = models.TextField()
    author = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["-created_at", "-id"], name="post_newest"),)

    def __str__(self) -> str:
        return self.title


class Comment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments", db_index=False)
    author = models.CharField(max_length=80)
    content = models.TextField()
    status = models.CharField(max_length=8)
    created_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        ordering = ("created_at", "id")
        # Serves the foreign key, too.
        indexes = (models.Index(fields=["post", "created_at", "id"], name="comment_of_its_post"),)

    def __str__(self) -> str:
        return f"{self.author}: {self.content[:60]}"
