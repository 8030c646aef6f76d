"""Writers: each a thread that posts, comments and, as staff, edits, decides and deletes."""

import random
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event

from lab.chaos.client import Client
from lab.chaos.ledger import Answer, Ledger, What, Write

ORANGE = ("I like oranges", "Orange, of all colours", "An ORANGE a day")
PLAIN = ("I like storanges", "Blue, of all colours", "An apple a day")
APPROVED, REJECTED = "approved", "rejected"
PAUSES = (0.1, 0.6)  # seconds between an answer and the next write
WITHOUT_ANSWER = 0.3  # seconds more, where nobody listens


class Writer:
    """Anybody. ``addresses`` says where each service is."""

    weights: Mapping[What, float] = {What.POST: 1, What.COMMENT: 6}

    def __init__(
        self, name: str, seed: int, addresses: Mapping[str, str], ledger: Ledger, client: Client
    ) -> None:
        self.name, self.at, self.ledger, self.client = name, addresses, ledger, client
        self.dice = random.Random(seed)
        self.numbers = count(1)
        self.began = time.monotonic()

    def work(self, done: Event) -> None:
        """Writes until it is ``done``, one after the other."""
        while not done.wait(self.dice.uniform(*PAUSES)):
            if self.write().answer is Answer.UNREACHED:
                done.wait(WITHOUT_ANSWER)

    def write(self) -> Write:
        posts = self.ledger.held(What.POST)
        [what] = self.dice.choices(list(self.weights), list(self.weights.values()))
        if what is What.POST or not posts:
            return self.post()
        if what is What.COMMENT:
            return self.comment(self.dice.choice(posts))
        return self.change(what, posts)

    def post(self) -> Write:
        token = self.token()
        address = f"{self.at['posts']}/api/posts/"
        return self.send(What.POST, "POST", address, token, title=token, body="A body.")

    def comment(self, post: Write) -> Write:
        orange = self.dice.random() < 1 / 3
        token, content = self.token(), self.dice.choice(ORANGE if orange else PLAIN)
        address = f"{self.at['comments']}/api/posts/{post.id}/comments/"
        return self.send(
            What.COMMENT,
            "POST",
            address,
            token,
            about=post.id,
            status=REJECTED if orange else APPROVED,
            author=token,
            content=content,
        )

    def change(self, what: What, posts: list[Write]) -> Write:
        raise NotImplementedError(what)  # who may write may not change

    def token(self) -> str:
        return f"{self.name} {next(self.numbers)}"

    def send(
        self,
        what: What,
        method: str,
        address: str,
        token: str,
        *,
        about: str = "",
        status: str = "",
        **data: str,
    ) -> Write:
        reply = self.client.send(method, address, **data)
        id_ = reply.data["id"] if what in (What.POST, What.COMMENT) and reply.data else ""
        at = time.monotonic() - self.began
        return self.ledger.note(
            Write(what, token, reply.answer, about, status, id_, reply.code, at)
        )


class Editor(Writer):
    """Staff. There is one only: nobody else changes what it changes meanwhile."""

    weights = {
        What.POST: 1,
        What.COMMENT: 3,
        What.EDIT: 2,
        What.DECIDE: 3,
        What.DELETE_COMMENT: 1,
        What.DELETE_POST: 0.3,
    }

    def change(self, what: What, posts: list[Write]) -> Write:
        comments = self.ledger.held(What.COMMENT)
        if what is What.EDIT:
            post, token = self.dice.choice(posts).id, self.token()
            address = f"{self.at['posts']}/api/posts/{post}/"
            return self.send(what, "PATCH", address, token, about=post, title=token)
        if what is What.DELETE_POST:
            post = self.dice.choice(posts).id
            return self.send(
                what, "DELETE", f"{self.at['posts']}/api/posts/{post}/", post, about=post
            )
        if not comments:
            return self.comment(self.dice.choice(posts))
        comment = self.dice.choice(comments).id
        if what is What.DELETE_COMMENT:
            address = f"{self.at['comments']}/api/comments/{comment}/"
            return self.send(what, "DELETE", address, comment, about=comment)
        verb, status = self.dice.choice((("approve", APPROVED), ("reject", REJECTED)))
        address, token = (
            f"{self.at['moderation']}/api/moderation/reviews/{comment}/{verb}/",
            self.token(),
        )
        return self.send(what, "POST", address, token, about=comment, status=status, reason=token)


@contextmanager
def writing(writers: list[Writer]) -> Iterator[None]:
    """They write for as long as this lasts; at its end the last answer has come."""
    done = Event()
    with ThreadPoolExecutor(len(writers)) as pool:
        working = [pool.submit(writer.work, done) for writer in writers]
        try:
            yield
        finally:
            done.set()
    for each in working:
        each.result()
