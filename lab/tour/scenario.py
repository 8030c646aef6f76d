"""The story: what the demo does, step by step, and what is to be seen each time."""

from config.processes import ProcessError
from lab.tour.blog import NO_CHANGE, Blog, difference
from lab.tour.client import Answer, NoAnswer
from lab.tour.stack import Stack
from lab.tour.teller import Teller

SOON = 30.0  # seconds for what takes a moment
LONG = 120.0  # seconds for everything that ever happened

CREATED = 201
DECIDED = ("approved", "rejected")

WALK = "A walk in the rain"
GARDEN = "What to plant in autumn"


class Scenario:
    """One performance on `stack`. Raises Failed where something else is seen than expected."""

    def __init__(self, stack: Stack, blog: Blog, teller: Teller) -> None:
        self.stack, self.blog, self.tell = stack, blog, teller
        self.posts: dict[str, str] = {}

    def play(self) -> None:
        self.write()
        self.stop_moderation()
        self.start_moderation()
        self.stop_writers()
        self.lose_the_read_model()
        self.end()

    def write(self) -> None:
        self.tell.step("Posts and comments")
        self.tell.say("Each service saves what is its own and says an event; the others hear it.")
        for title, body in (
            (WALK, "Nobody else was out. The river has come up to the second step."),
            (GARDEN, "Garlic, broad beans, and whatever the neighbours give away."),
        ):
            self._post(title, body)
        kind = self._comment(WALK, "Ann", "I was out too, at the other end of the river.")
        orange = self._comment(WALK, "Bob", "Buy ORANGES, cheap oranges, here!")
        near = self._comment(GARDEN, "Cleo", "We store it all in a shed called Storange.")
        self.tell.say("Moderation has a rule: no word may begin with “orange”.")
        self._await_status("Ann's comment is approved", WALK, kind, "approved")
        self._await_status("Bob's comment is rejected", WALK, orange, "rejected")
        self._await_status("Cleo's is approved: her word only ends so", GARDEN, near, "approved")
        shown = self.blog.comment_on_page(self.posts[WALK], orange)
        self.tell.see("the page says so, in words", "rejected" in shown)
        self.tell.see("the page does not repeat what Bob said", "ORANGES" in shown, expected=False)

    def stop_moderation(self) -> None:
        self.tell.step("Moderation is down")
        self._stop("moderation")
        self.late = self._comment(GARDEN, "Dora", "Is anybody there to read this?")
        self._await_status("Dora's comment is saved, and pending", GARDEN, self.late, "pending")
        shown = self.blog.comment_on_page(self.posts[GARDEN], self.late)
        self.tell.see("the page says “awaiting moderation”", "awaiting moderation" in shown)
        self.tell.see("its text is for nobody else to read yet", "anybody" in shown, expected=False)

    def start_moderation(self) -> None:
        self.tell.step("Moderation is back")
        self._start("moderation")
        self.tell.say("Nobody sends anything again: it reads in the event store what it missed.")
        self._await_status("Dora's comment is approved", GARDEN, self.late, "approved")

    def stop_writers(self) -> None:
        self.tell.step("Posts and comments are down")
        if self.stack.monolith:
            self._cannot_stop("posts")
            self.tell.say("This part of the tour needs make run-services.")
            return
        before = self._everything()
        for service in ("posts", "comments"):
            self._stop(service)
        page = self.blog.page()
        self.tell.see("the page shows both posts", WALK in page and GARDEN in page)
        change = difference(before, self._everything())
        self.tell.see("every post and comment is there as before", change, NO_CHANGE)
        try:
            seen = str(self.blog.write_comment(self.posts[WALK], "Ed", "Hello?").status)
        except NoAnswer as error:
            seen = "no answer"
            self.tell.do("Ed comments", f"no answer ({error})")
        self.tell.see("writing is what cannot be done meanwhile", seen, "no answer")
        for service in ("comments", "posts"):
            self._start(service)
        again = self._comment(WALK, "Ed", "Hello again.")
        self._await_status("Ed's second try is approved", WALK, again, "approved")

    def lose_the_read_model(self) -> None:
        self.tell.step("Query loses its database")
        before = self._everything()
        self._stop("query")
        self.stack.manage("flush", "--database=query", "--no-input")
        self.tell.do("manage.py flush --database=query --no-input")
        if started := self.stack.start_web("query"):
            self.tell.do(f"{', '.join(started)} is started alone", "a page, and nobody to fill it")
        page = self.blog.page()
        self.tell.see("the query API knows no post", self.blog.titles(), [])
        self.tell.see("the page is empty", WALK in page or GARDEN in page, expected=False)
        self._start("query")
        self.tell.say("Query asks nobody: it reads the event store from the first event on.")
        self.tell.await_(
            f"the API's answer is the same as before, byte for byte ({len(before):,} bytes)",
            lambda: difference(before, self._everything()),
            NO_CHANGE,
            LONG,
        )

    def end(self) -> None:
        self.tell.step("The end")
        self.tell.say("Everything runs. What was written stays, to be looked at:")
        for title, post_id in self.posts.items():
            self.tell.do(title, f"{self.blog.address}/posts/{post_id}/")

    def _post(self, title: str, body: str) -> None:
        answer = self.blog.write_post(title, body)
        self.tell.see(f"A post, “{title}”", answer.status, CREATED, _event(answer))
        self.posts[title] = answer.data["id"]

    def _comment(self, title: str, author: str, content: str) -> str:
        """Returns the comment's id."""
        answer = self.blog.write_comment(self.posts[title], author, content)
        self.tell.see(f"{author} comments, “{content}”", answer.status, CREATED, _event(answer))
        return str(answer.data["id"])

    def _await_status(self, what: str, title: str, comment_id: str, status: str) -> None:
        def look() -> str:
            comments = self.blog.comments(self.posts[title])
            return str(comments[comment_id]["status"]) if comment_id in comments else "not there"

        self.tell.await_(what, look, status, SOON, final=DECIDED)

    def _everything(self) -> bytes:
        return self.blog.everything(list(self.posts.values()))

    def _stop(self, service: str) -> None:
        self.tell.do(f"make stop SERVICE={service}")
        self.tell.quote(self.stack.stop(service))

    def _start(self, service: str) -> None:
        self.tell.do(f"make start SERVICE={service}")
        self.tell.quote(self.stack.start(service))

    def _cannot_stop(self, service: str) -> None:
        self.tell.do(f"make stop SERVICE={service}")
        try:
            self.stack.stop(service)
            seen = "stopped"
        except ProcessError as problem:
            seen = "refused"
            self.tell.quote(str(problem))
        self.tell.see("the command says why it cannot", seen, "refused")


def _event(answer: Answer) -> str:
    return f"event {answer.position}" if answer.position else "saved"
