"""The scenario of the tour: what it does step by step, and what it checks each time."""

from http import HTTPStatus

from config.processes import ProcessError
from config.processes.paths import typed
from lab.children import Child
from lab.http import NoResponse, Response
from lab.tour.app import NO_CHANGE, Blog, Stack, difference
from lab.tour.reporter import Reporter

STATUS_TIMEOUT_SECONDS = 30.0
REBUILD_TIMEOUT_SECONDS = 120.0
DECIDED = ("approved", "rejected")

SAVES = "Each service saves its own data and publishes an event; the others consume it."
MISSED = "Nothing is sent again: moderation reads the events that it missed in the event store."
REREADS = "Query calls no other service: it reads the event store from the first event on."
WALK = "A walk in the rain"
GARDEN = "What to plant in autumn"
BODIES = {
    WALK: "Nobody else was out. The river has come up to the second step.",
    GARDEN: "Garlic, broad beans, and whatever the neighbours give away.",
}


class Scenario:
    """Raises CheckFailed at the first check that fails."""

    def __init__(self, stack: Stack, blog: Blog, reporter: Reporter) -> None:
        self.stack, self.blog, self.reporter = stack, blog, reporter
        self.step, self.explain, self.check = reporter.step, reporter.explain, reporter.check
        self.posts: dict[str, str] = {}

    def play(self) -> None:
        self.write()
        self.moderation_stops_and_starts()
        self.writing_services_stop()
        self.read_model_is_rebuilt()
        self.step("The end")
        self.explain("Everything is running. The posts of the tour stay:")
        for title, post_id in self.posts.items():
            self.reporter.action(title, f"{self.blog.address}/posts/{post_id}/")

    def write(self) -> None:
        self.step("Posts and comments")
        self.explain(SAVES)
        for title, body in BODIES.items():
            response = self.blog.create_post(title, body)
            self.posts[title] = self._created(f"A post, “{title}”", response)
        friendly = self._comment(WALK, "Ann", "I was out too, at the other end of the river.")
        spam = self._comment(WALK, "Bob", "Buy ORANGES, cheap oranges, here!")
        similar = self._comment(GARDEN, "Cleo", "We store it all in a shed called Storange.")
        self.explain("Moderation has a rule: no word may begin with “orange”.")
        self._await_status("Ann's comment is approved", WALK, friendly, "approved")
        self._await_status("Bob's comment is rejected", WALK, spam, "rejected")
        storange = "Cleo's is approved: “Storange” does not begin with it"
        self._await_status(storange, GARDEN, similar, "approved")
        own = self.blog.comment_on_page(self.posts[WALK], spam, by_sender=True)
        reason = "the rule “orange”"
        self.check("Bob sees his comment, “rejected”", "rejected" in own and "ORANGES" in own)
        self.check("and why", reason in own, result=f"Reason: {reason}")
        shown = self.blog.comment_on_page(self.posts[WALK], spam)
        self.check("the page does not show it to others", shown, "")
        counts = {"approved": 1, "pending": 0, "rejected": 1}
        numbers = ", ".join(f"{number} {status}" for status, number in counts.items())
        self.check(
            "the post's comments are counted", self.blog.counts(self.posts[WALK]), counts, numbers
        )

    def moderation_stops_and_starts(self) -> None:
        self.step("Moderation is down")
        self._stop("moderation")
        late = self._comment(GARDEN, "Dora", "Is anybody there to read this?")
        self._await_status("Dora's comment is saved, and pending", GARDEN, late, "pending")
        own = self.blog.comment_on_page(self.posts[GARDEN], late, by_sender=True)
        self.check("Dora sees her comment, “awaiting moderation”", "awaiting moderation" in own)
        shown = self.blog.comment_on_page(self.posts[GARDEN], late)
        self.check("the page does not show it to others yet", shown, "")
        page = self.blog.page(f"/posts/{self.posts[GARDEN]}/")
        waiting = "1 comment is awaiting moderation."
        self.check(f"they read: “{waiting}”", waiting in page)
        self.step("Moderation is back")
        self._start("moderation")
        self.explain(MISSED)
        self._await_status("Dora's comment is approved", GARDEN, late, "approved")

    def writing_services_stop(self) -> None:
        self.step("Posts and comments are down")
        if self.stack.is_monolith:
            actual = "stopped"
            try:
                self._stop("posts")
            except ProcessError as error:
                actual = "refused"
                self.reporter.output(str(error))
            self.check("the command explains why it cannot", actual, "refused")
            self.explain(f"This part of the tour needs {typed('run-services')}.")
            return
        before = self._everything()
        for service in ("posts", "comments"):
            self._stop(service)
        page = self.blog.page()
        self.check("the page shows both posts", WALK in page and GARDEN in page)
        change = difference(before, self._everything())
        self.check("all posts and comments are there as before", change, NO_CHANGE)
        try:
            actual = str(self.blog.create_comment(self.posts[WALK], "Ed", "Hello?").status)
        except NoResponse as error:
            actual = "no response"
            self.reporter.action("Ed comments", f"no response ({error})")
        self.check("only writing is not possible meanwhile", actual, "no response")
        for service in ("comments", "posts"):
            self._start(service)
        again = self._comment(WALK, "Ed", "Hello again.")
        self._await_status("Ed's second try is approved", WALK, again, "approved")

    def read_model_is_rebuilt(self) -> None:
        self.step("Query loses its database")
        before = self._everything()
        self._stop("query")
        flush = ("flush", "--database=query", "--no-input")
        with Child("manage", *flush, environment=self.stack.settings) as child:
            child.finish()
        self.reporter.action(f"manage.py {' '.join(flush)}")
        if started := self.stack.start_web("query"):
            result = "a page, without the worker that fills it"
            self.reporter.action(f"{', '.join(started)} is started alone", result)
        page = self.blog.page()
        titles = [post["title"] for post in self.blog.newest().data["results"]]
        self.check("the query API has no posts", titles, [])
        self.check("the page is empty", WALK in page or GARDEN in page, expected=False)
        self._start("query")
        self.explain(REREADS)
        same = f"the API's response is the same as before, byte for byte ({len(before):,} bytes)"
        self.reporter.await_(
            same, lambda: difference(before, self._everything()), NO_CHANGE, REBUILD_TIMEOUT_SECONDS
        )

    def _comment(self, title: str, author: str, content: str) -> str:
        """Returns the comment's id."""
        response = self.blog.create_comment(self.posts[title], author, content)
        return self._created(f"{author} comments, “{content}”", response)

    def _created(self, text: str, response: Response) -> str:
        """Returns the id."""
        result = f"event {response.position}" if response.position else "saved"
        self.check(text, response.status, HTTPStatus.CREATED.value, result)
        return str(response.data["id"])

    def _await_status(self, text: str, title: str, comment_id: str, status: str) -> None:
        def read() -> str:
            missing = {"status": "missing"}
            return str(self.blog.comments(self.posts[title]).get(comment_id, missing)["status"])

        self.reporter.await_(text, read, status, STATUS_TIMEOUT_SECONDS, final=DECIDED)

    def _everything(self) -> bytes:
        return self.blog.everything(list(self.posts.values()))

    def _stop(self, service: str) -> None:
        self.reporter.action(typed("stop", service))
        self.reporter.output(self.stack.stop(service))

    def _start(self, service: str) -> None:
        self.reporter.action(typed("start", service))
        self.reporter.output(self.stack.start(service))
