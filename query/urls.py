from django.urls import path
from django.views.generic import RedirectView

from query import api, feeds, page
from web.methods import read_only

app_name = "query"
posts = "api/query/posts/"
urlpatterns = [
    path("", page.post_list, name="post-list"),
    path("posts/<UUID:post_id>/", page.post_by_id, name="post-by-id"),
    path("posts/<str:slug>/", page.post_detail, name="post-detail"),
    path("feed/", feeds.of_posts, name="feed"),
    path("feed/atom/", read_only(RedirectView.as_view(pattern_name="query:feed", permanent=True))),
    path("posts/<str:slug>/feed/", feeds.of_comments, name="comments-feed"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("sitemap-<int:number>.xml", feeds.sitemap_page, name="sitemap-page"),
    path("api/query/comments/", api.Comments.as_view(), name="comments"),
    path(posts, api.PostList.as_view(), name="api-list"),
    path(f"{posts}<UUID:post_id>/", api.PostDetail.as_view(), name="api-detail"),
    path(f"{posts}<UUID:post_id>/comments/", api.PostComments.as_view(), name="post-comments"),
]
