from django.urls import path

from comments import api, views

app_name = "comments"
urlpatterns = [
    path("posts/<uuid:post_id>/comments/", views.create, name="create"),
    path("api/posts/<uuid:post_id>/comments/", api.CommentsOfPost.as_view(), name="api-of-post"),
    path("api/comments/", api.CommentsOfPosts.as_view(), name="api-list"),
    path("api/comments/<uuid:comment_id>/", api.CommentDetail.as_view(), name="api-detail"),
]
