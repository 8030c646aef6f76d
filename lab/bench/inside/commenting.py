"""``commenting COMMENTS``: puts so many pending comments, ten to a post, into the comments service
and their events into the log, as if they had come while all workers were away."""

import random
import sys

from comments.models import Comment
from eventstore.contracts import Contract, PostCreated
from eventstore.models import Event, Head
from lab.bench.history import BEGINNING, SEED, comment, text, uuid
from lab.bench.inside.filling import row
from lab.bench.inside.talk import say


def main(comments: int) -> None:
    random_ = random.Random(SEED + 2)
    events: list[Contract] = []
    rows = []
    for number in range(comments):
        if number % 10 == 0:
            post_id = uuid(random_)
            title, body = text(random_, 6), text(random_, 80)
            events.append(
                PostCreated(post_id=post_id, title=title, body=body, created_at=BEGINNING)
            )
        said = comment(random_, post_id, BEGINNING)
        events.append(said)
        rows.append(
            Comment(id=said.comment_id, post_id=post_id, author=said.author, content=said.content)
        )
    Comment.objects.bulk_create(rows, batch_size=500)
    Event.objects.bulk_create(
        [row(position, event, random_) for position, event in enumerate(events, start=1)],
        batch_size=500,
    )
    Head.objects.update_or_create(pk=1, defaults={"position": len(events)})
    say(len(events))


if __name__ == "__main__":
    main(int(sys.argv[1]))
