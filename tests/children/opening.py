"""A post with a comment on it, and everything settled. Tells their ids and the head's position."""

from comments.services import create_comment
from eventstore import store
from posts.services import create_post
from tests.children import tell
from tests.histories import settle

post = create_post("A title", "A body")
comment = create_comment(post.id, "Ann", "A kind word")
settle()
tell([post.id, comment.id, store.head_position()])
