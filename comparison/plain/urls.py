"""The addresses of one application, and its admin: the moderators' queue, and the rules."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path
from django.utils import timezone

from comparison.models import Comment, Post, Rule
from comparison.plain.api import CommentsOfPost, PostDetail, PostList

admin.site.register([Post, Rule])


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin[Comment]):
    list_display = ("content", "author", "status", "reason", "decided_by", "decided_at")
    list_filter = ("status",)
    search_fields = ("author", "content")
    actions = ("approve", "reject")

    def approve(self, request: HttpRequest, comments: "QuerySet[Comment]") -> None:
        _decide(request, comments, "approved")

    def reject(self, request: HttpRequest, comments: "QuerySet[Comment]") -> None:
        _decide(request, comments, "rejected")


def _decide(request: HttpRequest, comments: "QuerySet[Comment]", status: str) -> None:
    by = request.user.get_username()
    comments.update(status=status, decided_by=by, decided_at=timezone.now(), reason="")


urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/posts/", PostList.as_view()),
    path("api/posts/<uuid:post_id>/", PostDetail.as_view()),
    path("api/posts/<uuid:post_id>/comments/", CommentsOfPost.as_view()),
]
