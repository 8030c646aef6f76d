"""``appending posts|comments COUNT SEED``: one writer. Each time it is told to go, it writes COUNT
through the service and says when it began and ended, on the machine's monotonic clock."""

import random
import sys
import time

from comments.services import create_comment
from eventstore.nudges import seen
from lab.bench.history import text
from lab.bench.inside.talk import say, wait
from posts.services import create_post


def main(what: str, count: int, seed: int) -> None:
    random_ = random.Random(seed)
    for consumer in ("comments", "moderation", "query"):
        seen(consumer)  # they are to be nudged, as where their workers run
    post = create_post("The post of this writer", text(random_, 80))
    say("ready")
    while wait():
        began = time.monotonic()
        for _ in range(count):
            if what == "posts":
                create_post(text(random_, 6), text(random_, 80))
            else:
                create_comment(post.id, "Ann", text(random_, 20))
        say([began, time.monotonic()])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
