from django.urls import path

from comments import api, views

app_name = "comments"
urlpatterns = [
    path("posts/<UUID:post_id>/comments/", views.create, name="create"),
    path("comments/<UUID:comment_id>/change/", views.change, name="change"),
    path("comments/<UUID:comment_id>/delete/", views.delete, name="delete"),
    path("api/posts/<UUID:post_id>/comments/", api.CommentsOfPost.as_view(), name="api-of-post"),
    path("api/comments/", api.CommentsOfPosts.as_view(), name="api-list"),
    path("api/comments/<UUID:comment_id>/", api.CommentDetail.as_view(), name="api-detail"),
]
