from django.urls import path

from posts import api, views

app_name = "posts"
urlpatterns = [
    path("posts/", views.create, name="create"),
    path("api/posts/", api.PostList.as_view(), name="api-list"),
    path("api/posts/<UUID:post_id>/", api.PostDetail.as_view(), name="api-detail"),
]
