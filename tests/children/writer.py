"""``writer NAME COUNT POST SHARED``: comments on the post POST, edits each comment, and each time
the comment SHARED, too, which the other writers also edit. 3 events each time."""

import sys
from uuid import UUID

from comments.services import create_comment, update_comment
from tests.children import tell, wait_for_the_others

name, count, post, shared = sys.argv[1], int(sys.argv[2]), UUID(sys.argv[3]), UUID(sys.argv[4])
wait_for_the_others()
mine = []
for n in range(count):
    comment = create_comment(post, name, f"{n}")
    update_comment(comment.id, content=f"{n} edited")
    update_comment(shared, author=name, content=f"{n}")
    mine.append(comment.id)
tell(mine)
