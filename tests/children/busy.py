"""``busy NAME SECONDS POST COMMENT``: for so long, writes a comment on the post POST, edits it, and
edits POST and COMMENT, as the others do. Tells how often."""

import sys
import time
from uuid import UUID

from comments.services import create_comment, update_comment
from posts.services import update_post
from tests.children import tell, wait_for_the_others

name, seconds, post, shared = sys.argv[1], float(sys.argv[2]), UUID(sys.argv[3]), UUID(sys.argv[4])
wait_for_the_others()
end = time.monotonic() + seconds
rounds = 0
while time.monotonic() < end:
    said = f"{name} {rounds}"
    comment = create_comment(post, name, said)
    update_comment(comment.id, content=f"{said} edited")
    update_comment(shared, content=said)
    update_post(post, title=said)
    rounds += 1
tell(rounds)
