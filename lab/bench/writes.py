"""Comments over HTTP, against the in-memory original: how many are accepted, how soon a POST is
answered, and how soon a comment has its final status on the page.

On the embedded database and broker, and on PostgreSQL with RabbitMQ. Each round is on posts that
have no comments yet, and begins when everything before is handled.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median

from lab import servers
from lab.bench import original
from lab.bench.app import App, running
from lab.bench.figures import Figure, Goal, Run, in_rounds
from lab.bench.options import Options, prepared
from lab.bench.original import Original
from lab.errors import wait_until
from lab.generator import CONNECTIONS, Generator, request

AREA = "Comments over HTTP, against the in-memory original"
STACKS = {"sqlite": "file", "postgresql": "rabbitmq"}
"""The broker that goes with each database."""

ACCEPTED = f"comments accepted, {CONNECTIONS} connections"
ANSWERED = "POST of a comment answered, p50, one at a time"
FINAL = "from a comment's POST to its final status, p50"
GOALS = {ACCEPTED: Goal(2, "least", "ratio"), ANSWERED: Goal(1, "most", "ratio")}
FINAL_GOALS = {"sqlite": Goal(2, "most", "ratio"), "postgresql": Goal(1, "most", "ratio")}
UNITS = {ACCEPTED: "/s", ANSWERED: "ms", FINAL: "ms"}

POSTS = 50  # of a round
SECONDS, QUICK_SECONDS = 3, 1
COMMENTS, QUICK_COMMENTS = 20, 5  # of a round whose final status is awaited
POLL_SECONDS = 0.002
FINAL_SECONDS = 60.0
CONTENT = "A comment of some length that no rule of moderation has anything to say about."

Side = App | Original


def measure(options: Options) -> Iterator[Figure]:
    for database, broker in STACKS.items():
        if database not in options.databases or not (broker == "file" or servers.find(broker)):
            continue
        with ExitStack() as stack:
            box = stack.enter_context(prepared(database))
            app = stack.enter_context(running(box, broker))
            sides: dict[str, Side] = {app.name: app}
            if not original.missing():
                sides[original.NAME] = stack.enter_context(Original(box.guard))
            generator = stack.enter_context(Generator())
            for what, goal in {**GOALS, FINAL: FINAL_GOALS[database]}.items():
                runs = {name: _run(what, side, generator, options) for name, side in sides.items()}
                samples = in_rounds(runs, options.rounds)
                theirs, ours = samples.get(original.NAME, []), samples[app.name]
                note, against = original.missing(), original.NAME
                yield Figure(AREA, what, app.name, UNITS[what], ours, goal, note, theirs, against)


def _run(what: str, side: Side, generator: Generator, options: Options) -> Run:
    seconds = options.pick(SECONDS, QUICK_SECONDS)

    def loaded(connections: int, warm_up: float) -> Callable[[], tuple[float, float]]:
        def run() -> tuple[float, float]:
            side.client.close()  # the server closes what was idle for long: no POST is repeated
            posts = [side.create_post("A post") for _ in range(POSTS)]
            urls = [side.comments_url(post) for post in posts]
            body = {"author": "Ann", "content": CONTENT}
            messages = [request("POST", url, body) for url in urls]
            address = urls[0].partition("/posts/")[0].removesuffix("/api")
            loop = generator.closed(messages, address, seconds, connections, warm_up)
            result = loop.expect_success()
            side.settle()
            return result.rate, result.p50

        return run

    if what == ACCEPTED:
        many = loaded(CONNECTIONS, 0.0)
        return lambda: many()[0]
    if what == ANSWERED:
        alone = loaded(1, 0.0)
        return lambda: alone()[1]
    comments = options.pick(COMMENTS, QUICK_COMMENTS)

    def final() -> float:
        side.client.close()
        post = side.create_post("A post")
        side.settle()
        return median(_until_final(side, post) for _ in range(comments)) * 1_000

    return final


def _until_final(side: Side, post: str) -> float:
    """Seconds from sending a comment until the list of posts, or the post, has it approved."""
    began = time.perf_counter()
    comment = side.comment(post, CONTENT)
    problem = f"a comment was not approved within {FINAL_SECONDS:.0f} seconds"
    wait_until(lambda: side.is_approved(post, comment), FINAL_SECONDS, problem, POLL_SECONDS)
    return time.perf_counter() - began
