"""``blogging POSTS``: a blog of so many posts with ten comments each, written through the services
and handled by all consumers. Says the ids of the posts."""

import random
import sys

from comments.services import create_comment
from eventstore.consumer import consumers
from eventstore.messaging import outboxes
from eventstore.outbox import relay
from lab.bench.history import COMMENTS_OF_A_POST, SEED, text
from lab.bench.inside.talk import say
from posts.services import create_post


def main(posts: int) -> None:
    random_ = random.Random(SEED + 3)
    ids = []
    for _ in range(posts):
        post = create_post(text(random_, 6), text(random_, 80))
        ids.append(str(post.id))
        for number in range(COMMENTS_OF_A_POST):
            orange = " and an orange" if number == 5 else ""
            create_comment(post.id, "Ann", text(random_, 20) + orange)
    while sum(map(relay, outboxes())) + sum(c.catch_up().handled for c in consumers().values()):
        pass
    say(ids)


if __name__ == "__main__":
    main(int(sys.argv[1]))
