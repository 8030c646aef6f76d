"""The monolith, made carelessly: a loop that asks for the comments of each post (N + 1)."""

from rest_framework.request import Request
from rest_framework.response import Response

from comparison.models import Post
from comparison.reads.listing import plainly, whole
from comparison.reads.serving import LabView
from comparison.reads.way import Addresses, Posts, Takes, Way, requests_for
from lab.network import Calls
from query.reads import ShownPost, show_comments


class Looped(LabView):
    queryset = Post.objects.all()

    def get(self, request: Request) -> Response:
        shown = []
        for post in self.paginate_queryset(self.get_queryset()) or []:
            entry = ShownPost(post.id, post.title, post.body, post.author, post.created_at)
            entry.comments = show_comments(post.comments.all(), self.reader)
            entry.comment_count = len(entry.comments)
            shown.append(entry)
        return self.page(shown)


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return whole(plainly(calls), f"{at['monolith']}/lab/monolith/loop/", posts)


way = Way(
    name="monolith-loop",
    title="Monolith, careless loop (N + 1 queries)",
    claims=("easy-in-a-monolith",),
    takes=lambda posts: Takes(requests_for(posts), requests_for(posts) + posts),
    read=read,
)
