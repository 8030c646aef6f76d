from django.urls import path

from query import api, page

app_name = "query"
posts = "api/query/posts/"
urlpatterns = [
    path("", page.post_list, name="post-list"),
    path("posts/<uuid:post_id>/", page.post_detail, name="post-detail"),
    path(posts, api.PostList.as_view(), name="api-list"),
    path(f"{posts}<uuid:post_id>/", api.PostDetail.as_view(), name="api-detail"),
    path(f"{posts}<uuid:post_id>/comments/", api.PostComments.as_view(), name="post-comments"),
]
