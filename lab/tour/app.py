"""The running app: its processes, stopped and started, and its API and page, over HTTP."""

import math
import os
import re
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from html import unescape
from http import HTTPStatus
from io import StringIO
from itertools import takewhile
from operator import eq
from threading import Event
from time import sleep
from typing import Any

from config.processes import ProcessError, control
from config.processes.layout import MODULES, SERVICES
from config.processes.paths import RunPaths, typed
from config.processes.supervisor import Supervisor, await_ready, is_ready
from lab.http import Response, cookies_of, request
from lab.stack import environment_of

RESPONSE_TIMEOUT_SECONDS = 15
LIST_LIMIT = 100  # the newest posts, as many as one response holds
MAX_THROTTLE_SECONDS = 70  # the limit on writes counts by the minute
MAX_EXCERPT_BYTES = 60
NO_CHANGE = "no change"


class Stack:
    """What runs with its data in ``VAR_DIR``. Raises ProcessError unless all its processes run."""

    def __init__(self) -> None:
        self._paths = RunPaths.of(os.environ)
        self._supervisor = Supervisor(self._paths)
        self.layout, states = self._supervisor.layout(), self._supervisor.states()
        self.is_monolith = self.layout.topology == "monolith"
        for program in self.layout.programs:
            if not is_ready(program, states[program.name], self._paths):
                start = typed("start", program.service)
                advice = f"see {typed('status')}" if program.service == MODULES else start
                begins = "the tour begins with everything running"
                raise ProcessError(f"{program.name} is not running, and {begins}: {advice}")
        [worker] = (each for each in self.layout.of("query") if not each.port)
        # With which the processes were started; those of this terminal may differ.
        self.settings = environment_of(states[worker.name].pid) or dict(os.environ)
        self._stopped: set[str] = set()

    @property
    def addresses(self) -> dict[str, str]:
        """Of each service."""
        by_service = {web.service: web.address for web in self.layout.webs}
        return {service: by_service.get(service) or by_service[MODULES] for service in SERVICES}

    def stop(self, service: str) -> str:
        """As ``make stop``. Returns its output; raises ProcessError if it fails."""
        if self.layout.of(service):
            self._stopped.add(service)
        return self._printed(control.stop, service)

    def start(self, service: str) -> str:
        """As ``make start``. Returns its output; raises ProcessError if it fails."""
        output = self._printed(control.start, service)
        self._stopped.discard(service)
        return output

    def start_web(self, service: str) -> list[str]:
        """Starts a stopped service's own web process, if any, without its worker; returns names."""
        webs = [program for program in self.layout.of(service) if program.port]
        for program in webs:
            self._supervisor.start_one(program)
        await_ready(webs, self._paths, Event().wait, control.START_SECONDS)
        return [program.name for program in webs]

    def start_stopped(self) -> list[str]:
        """Starts all services that are still stopped, and returns them. Raises ProcessError."""
        stopped = sorted(self._stopped)
        for service in stopped:
            self.start(service)
        return stopped

    def _printed(self, command: Callable[[str, Mapping[str, str]], None], service: str) -> str:
        with redirect_stdout(StringIO()) as output:
            command(service, os.environ)
        return output.getvalue()


class Blog:
    """As its readers and writers use it, without a login. ``addresses``: of each service.
    ``explain`` prints why a write waits. All methods raise NoResponse."""

    def __init__(self, addresses: Mapping[str, str], explain: Callable[[str], None]) -> None:
        self._addresses, self._explain = addresses, explain
        self.address = addresses["query"]

        self._cookies: dict[str, str] = {}  # of those who wrote a comment, by its id

    def get(self, path: str, cookie: str = "") -> Response:
        url, headers = f"{self.address}{path}", {"Cookie": cookie} if cookie else None
        return request("GET", url, headers=headers, timeout=RESPONSE_TIMEOUT_SECONDS)

    def create_post(self, title: str, body: str) -> Response:
        return self._write("posts", "/api/posts/", {"title": title, "body": body})

    def create_comment(self, post_id: str, author: str, content: str) -> Response:
        path = f"/api/posts/{post_id}/comments/"
        response = self._write("comments", path, {"author": author, "content": content})
        if response.is_success:
            cookies = (f"{name}={value}" for name, value in cookies_of(response).items())
            self._cookies[str(response.data["id"])] = "; ".join(cookies)
        return response

    def counts(self, post_id: str) -> dict[str, int]:
        """The post's comments by status, as far as the query service has them."""
        counts: dict[str, int] = self.get(f"/api/query/posts/{post_id}/").data["counts"]
        return counts

    def comments(self, post_id: str) -> dict[str, dict[str, Any]]:
        """Those that the query service has for the post, by id. Empty where it has no such post."""
        response = self.get(f"/api/query/posts/{post_id}/")
        comments = response.data["comments"] if response.status == HTTPStatus.OK else []
        return {comment["id"]: comment for comment in comments}

    def newest(self) -> Response:
        """The list of the newest posts, with their comments."""
        return self.get(f"/api/query/posts/?limit={LIST_LIMIT}")

    def everything(self, post_ids: list[str]) -> bytes:
        """The responses of the query API: the list of the newest posts, and each of these posts."""
        # The list's "next" is signed anew each time; what follows it is the posts.
        _, _, posts = self.newest().body.partition(b'"results":')
        return b"\n".join((posts, *(self.get(f"/api/query/posts/{id_}/").body for id_ in post_ids)))

    def page(self, path: str = "/", cookie: str = "") -> str:
        """The page's HTML, after its status if that is not 200."""
        response = self.get(path, cookie)
        if response.status == HTTPStatus.MOVED_PERMANENTLY:  # from a post's id to its slug
            response = self.get(response.headers["Location"], cookie)
        html = unescape(response.body.decode())
        return html if response.status == HTTPStatus.OK else f"{response.status} {html}"

    def comment_on_page(self, post_id: str, comment_id: str, *, by_sender: bool = False) -> str:
        """The text of one comment on its post's page, as anybody reads it or as the browser that
        sent it does; empty if the page does not show it."""
        cookie = self._cookies[comment_id] if by_sender else ""
        html = self.page(f"/posts/{post_id}/", cookie)
        found = re.search(rf'<li[^>]*id="comment-{comment_id}".*?</li>', html, re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""

    def _write(self, service: str, path: str, data: dict[str, str]) -> Response:
        """Waits where writes are throttled. Raises ProcessError if that is too long."""
        url, waited = f"{self._addresses[service]}{path}", 0
        while True:
            response = request("POST", url, data, timeout=RESPONSE_TIMEOUT_SECONDS)
            if response.status != HTTPStatus.TOO_MANY_REQUESTS:
                return response
            seconds = math.ceil(float(response.headers.get("Retry-After") or 1))
            waited += seconds
            if waited > MAX_THROTTLE_SECONDS:
                raise ProcessError("THROTTLE_WRITES allows too few writes for the tour: raise it")
            self._explain(f"THROTTLE_WRITES allows no more writes for {seconds} s: waiting.")
            sleep(seconds)


def difference(before: bytes, after: bytes) -> str:
    """Where two responses begin to differ, or ``NO_CHANGE``."""
    if before == after:
        return NO_CHANGE
    same = sum(takewhile(bool, map(eq, before, after)))  # bytes that are equal until one is not
    excerpt = slice(same, same + MAX_EXCERPT_BYTES)
    was, became = (text[excerpt].decode(errors="replace") for text in (before, after))
    return f"{was!r} became {became!r} at byte {same:,} of {len(before):,}"
