"""What moderators use: the queue, and the rules."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from comparison.models import Comment, Post, Rule

admin.site.register(Post)
admin.site.register(Rule)


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin[Comment]):
    list_display = ("content", "author", "status", "reason", "decided_by", "decided_at")
    list_filter = ("status",)
    search_fields = ("author", "content")
    actions = ("approve", "reject")

    def approve(self, request: HttpRequest, comments: "QuerySet[Comment]") -> None:
        self._decide(request, comments, "approved")

    def reject(self, request: HttpRequest, comments: "QuerySet[Comment]") -> None:
        self._decide(request, comments, "rejected")

    def _decide(self, request: HttpRequest, comments: "QuerySet[Comment]", status: str) -> Any:
        by = request.user.get_username()
        return comments.update(status=status, decided_by=by, decided_at=timezone.now(), reason="")
