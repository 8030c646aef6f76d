"""``judged POST``: writes comments on a new post POST, one after the other, and waits each time
until the judgement is in the log, however it gets there. Tells what the log then holds of each."""

import sys
import time
from uuid import UUID

from comments.services import create_comment
from eventstore import store
from posts.services import create_post
from tests.children import tell

post = create_post("A title", "A body", post_id=UUID(sys.argv[1]))
end = time.monotonic() + 60
told = []
for n in range(3):
    comment = create_comment(post.id, "Ann", f"{n}")
    while len(about := store.about(comment.id)) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    told.append([event.type for event in about])
tell(told)
