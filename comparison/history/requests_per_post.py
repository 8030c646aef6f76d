"""The newcomer asks posts for all posts, then comments once for each post."""

from comparison.history.asking import ASKING, OFFERED, copy_comments, copy_posts
from comparison.history.pieces import Piece
from comparison.history.way import Blog, Others, Way
from comparison.reads.way import Takes, requests_for


def copy(others: Others) -> int:
    ids = copy_posts(others)
    urls = [f"{others.at['comments']}/api/posts/{id}/comments/" for id in ids]
    return len(ids) + sum(copy_comments(others, url) for url in urls)


def takes(blog: Blog) -> Takes:
    """Who asks is looked up each time: a session, and whose it is. Then the page of posts; or
    whether the post is known, and its comments."""
    pages = requests_for(blog.posts)
    return Takes(pages + blog.posts, pages * (2 + 1) + blog.posts * (2 + 2))


way = Way(
    name="requests-per-post",
    title="Requests: comments post by post",
    claims=("code-for-the-past-alone", "sync-couples"),
    steps=(copy,),
    takes=takes,
    code=(
        Piece("newcomer_past", "comparison/history/requests_per_post.py", ("copy",)),
        ASKING,
        *OFFERED,
        Piece("others_past", "comments/api.py", ("CommentsOfPost",)),
    ),
)
