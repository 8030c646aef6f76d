"""The checker in docs/ takes what moderation sends, and refuses what has another signature."""

import os
import threading
from http.server import ThreadingHTTPServer
from runpy import run_path
from typing import Any
from unittest.mock import patch

from config.processes.paths import BASE
from moderation.checks import Answer, _ask
from moderation.models import Status

SECRET = "a secret that is long enough for all"
BODIES = {
    b'{"data": {"comment_id": "c", "revision": 1, "links": []}}': Answer(
        Status.APPROVED, "approved by the external check"
    ),
    b'{"data": {"comment_id": "c", "revision": 1, "links": ["x"]}}': Answer(
        Status.PENDING, "held by the external check: it has a link"
    ),
}


def test_the_example_checks_and_verifies(settings: Any) -> None:
    with patch.dict(os.environ, CHECK_SECRET=SECRET):
        handler = run_path(str(BASE / "docs/moderation-check.py"))["Handler"]
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            settings.MODERATION_CHECK_URL = url
            settings.MODERATION_CHECK_SECRET = SECRET
            assert {body: _ask(body) for body in BODIES} == BODIES

            settings.MODERATION_CHECK_SECRET = "another"
            failed = "the external check failed: it responded with 401"
            assert {_ask(body) for body in BODIES} == {Answer(Status.PENDING, failed)}
        finally:
            server.shutdown()
            thread.join()
