"""Posts from one service, comments from another: put together by whoever asked for both."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from comparison.reads.way import Posts
from lab.network import Calls

SHOWN = ("id", "author", "content", "status", "created_at")


def one_by_one(calls: Calls, comments_url: str, posts: Posts, at_a_time: int) -> Posts:
    """The posts with their comments: a request for each post. Raises CallFailed."""
    urls = [f"{comments_url}/api/posts/{post['id']}/comments/" for post in posts]
    answers = calls.get_all(urls, at_a_time)
    return assemble(posts, [comment for answer in answers for comment in answer.data["results"]])


def in_one_batch(calls: Calls, comments_url: str, posts: Posts) -> Posts:
    """The posts (100 at most) with their comments: one request for all. Raises CallFailed."""
    if not posts:
        return posts
    asked = "&".join(f"post_id={post['id']}" for post in posts)
    answer = calls.get(f"{comments_url}/api/comments/?limit=1000&{asked}")
    return assemble(posts, answer.data["results"])


def assemble(posts: Sequence[dict[str, Any]], comments: Iterable[dict[str, Any]]) -> Posts:
    """Each post with its comments, in the order in which they come."""
    of_post = defaultdict(list)
    for comment in comments:
        of_post[comment["post_id"]].append({name: comment[name] for name in SHOWN})
    return [
        {**post, "comment_count": len(of_post[post["id"]]), "comments": of_post[post["id"]]}
        for post in posts
    ]
