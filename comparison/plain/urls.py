"""The addresses of one application."""

from django.contrib import admin
from django.urls import path

import comparison.plain.admin  # noqa: F401 - it registers the models
from comparison.plain.api import CommentsOfPost, PostDetail, PostList

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/posts/", PostList.as_view()),
    path("api/posts/<uuid:post_id>/", PostDetail.as_view()),
    path("api/posts/<uuid:post_id>/comments/", CommentsOfPost.as_view()),
]
