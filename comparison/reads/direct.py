"""Both services' databases, read directly by a process that is neither of them."""

from rest_framework.request import Request
from rest_framework.response import Response

from comments.models import Comment
from comparison.reads.listing import plainly, whole
from comparison.reads.serving import LabView
from comparison.reads.way import Addresses, Posts, Takes, Way, requests_for
from lab.network import Calls
from posts.models import Post
from query.reads import ShownComment, ShownPost


class Direct(LabView):
    queryset = Post.objects.all()

    def get(self, request: Request) -> Response:
        posts = self.paginate_queryset(self.get_queryset()) or []
        shown = {
            post.id: ShownPost(post.id, post.title, post.body, post.author, post.created_at)
            for post in posts
        }
        comments = Comment.objects.filter(post_id__in=list(shown)).order_by("created_at", "id")
        for each in comments:
            content = each.content if self.reader.may_read(each.id, each.status) else ""
            comment = ShownComment(each.id, each.author, content, each.status, each.created_at)
            shown[each.post_id].comments.append(comment)
        for post in shown.values():
            post.comment_count = len(post.comments)
        return self.page(list(shown.values()))


def read(calls: Calls, at: Addresses, posts: int) -> Posts:
    return whole(plainly(calls), f"{at['gateway']}/lab/direct/", posts)


way = Way(
    name="direct",
    title="Both services' databases, read directly",
    claims=("private-databases",),
    takes=lambda posts: Takes(requests_for(posts), 2 * requests_for(posts)),
    read=read,
)
