"""A blog with something on it, and its visitors. Tells the session of each who is logged in."""

from comments.services import create_comment
from posts.services import create_post, update_post
from tests.children import tell
from tests.histories import settle
from tests.people import browser_of

for n in range(3):
    post = create_post(f"Post {n}", "A body", author="Ann")
    for content in ("A kind word", "I like oranges"):
        create_comment(post.id, "Bob", content)
    settle()
    update_post(post.id, title=f"Post {n}, again")
settle()
kinds = ("moderator", "staff")
tell({kind: browser_of(kind).cookies["sessionid"].value for kind in kinds})
