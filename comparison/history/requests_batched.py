"""The newcomer asks posts for all posts, then comments for those of 100 posts at a time."""

from comparison.chunks import chunks
from comparison.history.asking import ASKING, OFFERED, POSTS, copy_comments, copy_posts
from comparison.history.pieces import Piece
from comparison.history.way import Blog, Others, Way
from comparison.reads.way import Takes, requests_for


def copy(others: Others) -> int:
    ids = copy_posts(others)
    given = len(ids)
    for some in chunks(ids, POSTS):
        asked = "&".join(f"post_id={id}" for id in some)
        url = f"{others.at['comments']}/api/comments/?limit=1000&{asked}"
        given += copy_comments(others, url)
    return given


def takes(blog: Blog) -> Takes:
    """Who asks is looked up each time: a session, and whose it is. Then a page."""
    pages = 2 * requests_for(blog.posts)
    return Takes(pages, pages * (2 + 1))


way = Way(
    name="requests-batched",
    title="Requests: comments of 100 posts at a time",
    claims=("code-for-the-past-alone", "sync-couples"),
    steps=(copy,),
    takes=takes,
    code=(
        Piece("newcomer_past", "comparison/history/requests_batched.py", ("copy",)),
        ASKING,
        *OFFERED,
        Piece("others_past", "comments/api.py", ("CommentsOfPosts",)),
    ),
)
