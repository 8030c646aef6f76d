"""What processes log: lines for people, JSON for programs, each with its correlation id."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from eventstore.consumer import consumers
from eventstore.correlation import WithCorrelation
from posts import services as posts
from tests.own import environment

LOG = """
import logging, django
django.setup()
from eventstore import correlation
log = logging.getLogger("posts")
with correlation.scope("a-request"):
    log.info("hello", extra={"position": 3})
try:
    1 / 0
except ZeroDivisionError:
    log.exception("two\\nlines")
"""

REQUEST_ANOTHER_HOST = """
import django
django.setup()
from django.test import Client
Client().get("/", headers={"host": "evil.example"})
"""


def logged(tmp_path: Path, program: str = LOG, **variables: str) -> str:
    """What a process of ours with these settings writes to its log."""
    variables["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=environment(tmp_path, **variables),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_lines_are_for_people(tmp_path: Path) -> None:
    first, second, *_ = logged(tmp_path).splitlines()

    assert first.endswith("INFO    posts: hello [a-request]")
    assert second.endswith(r"ERROR   posts: two\nlines")


def test_json_is_for_programs_in_production(tmp_path: Path) -> None:
    lines = logged(tmp_path, ALLOWED_HOSTS="blog.example", SECRET_KEY="only for this test " * 3)

    first, second = (json.loads(line) for line in lines.splitlines())
    assert first["correlation_id"] == "a-request"
    assert (first["level"], first["logger"], first["message"]) == ("INFO", "posts", "hello")
    assert (first["position"], first["time"][10]) == (3, "T")
    assert (second["message"], second["correlation_id"]) == ("two\nlines", "")
    assert "ZeroDivisionError" in second["exc_info"]


def test_the_format_can_be_chosen(tmp_path: Path) -> None:
    [first, *_] = logged(tmp_path, LOG_FORMAT="json").splitlines()
    assert json.loads(first)["message"] == "hello"
    with pytest.raises(subprocess.CalledProcessError) as error:
        logged(tmp_path, LOG_FORMAT="xml")
    assert "LOG_FORMAT is line or json, not 'xml'" in error.value.stderr


@pytest.mark.parametrize("form", ["line", "json"])
def test_a_wrong_host_is_a_warning_of_one_line(tmp_path: Path, form: str) -> None:
    [line] = logged(tmp_path, REQUEST_ANOTHER_HOST, LOG_FORMAT=form).splitlines()

    assert "WARNING" in line
    assert "Invalid HTTP_HOST header: 'evil.example'" in line
    assert "Traceback" not in line


@pytest.fixture
def records() -> Iterator[list[dict[str, Any]]]:
    """What is logged from now on, with what the log's lines carry."""
    taken: list[dict[str, Any]] = []

    class Taking(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            taken.append(record.__dict__ | {"message": record.getMessage()})

    handler = Taking()
    handler.addFilter(WithCorrelation())
    root = logging.getLogger()
    root.addHandler(handler)
    yield taken
    root.removeHandler(handler)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_write_and_what_follows_carry_the_id_of_the_request(
    client: Client, records: list[dict[str, Any]]
) -> None:
    client.post(
        "/api/posts/",
        {"title": "A title", "body": "secret text"},
        content_type="application/json",
        headers={"X-Correlation-ID": "a-request"},
    )
    consumers()["query"].catch_up()

    logged_lines = [(each["message"], each["correlation_id"]) for each in records]
    assert [id for _, id in logged_lines] == ["a-request", "a-request"]
    assert logged_lines[0][0].startswith("POST /api/posts/: 201 in ")
    assert logged_lines[0][0].endswith(", event 1")
    assert logged_lines[1][0] == "query came past PostCreated at 1"
    assert (records[1]["consumer"], records[1]["position"]) == ("query", 1)
    assert "secret text" not in str(records)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_many_events_at_once_are_one_line(records: list[dict[str, Any]]) -> None:
    for number in range(21):
        posts.create_post(f"Post {number}", "A body")
    consumers()["query"].catch_up()

    [line] = [each["message"] for each in records if "came past" in each["message"]]
    assert line == "query came past 21 events, 1 to 21"


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_request_cannot_add_a_line_to_the_log(
    client: Client, records: list[dict[str, Any]]
) -> None:
    client.post("/posts/%0d%0aINFO all is well/", headers={"X-Correlation-ID": "an id\nof two"})

    for record in records:
        assert "\n" not in record["message"] + record["correlation_id"]
    assert any("all is well" in each["message"] for each in records)


FORGED = "2026-01-01 00:00:00,000 INFO    web.access: all is well"
REQUESTS = f"""
import django
django.setup()
from django.db import OperationalError
from django.test import Client
from posts import services

def fail(error):
    def create_post(**fields):
        raise error
    services.create_post = create_post

forged, client = {FORGED!r}, Client(raise_request_exception=False)
for end in ("%0a", "%0d", "%e2%80%a8", "%1b[2J%1b[31m", "%00", "%c2%85"):
    for address in ("/nowhere/", "/posts/", "/api/posts/", "/admin/nowhere/"):
        client.get(address + end + forged)
        client.post(address + end + forged)
fail(OperationalError("gone\\n" + forged + "\\x1b[2J"))
client.post("/posts/", {{"title": "A title", "body": "A body"}})
fail(ValueError("a bug\\n" + forged + "\\x1b[2J"))
client.post("/posts/", {{"title": "A title", "body": "A body"}})
client.get("/", headers={{"host": "evil\\n" + forged}})
"""


@pytest.mark.parametrize("form", ["line", "json"])
@pytest.mark.parametrize("debug", ["", "1"])
def test_no_request_and_no_error_can_forge_a_line(tmp_path: Path, form: str, debug: str) -> None:
    hosts = {"ALLOWED_HOSTS": "testserver"}
    text = logged(tmp_path, REQUESTS, LOG_FORMAT=form, LOG_LEVEL="DEBUG", DEBUG=debug, **hosts)

    assert "all is well" in text
    lines = text.split("\n")
    assert not [line for line in lines if line.startswith(FORGED[:10])]
    assert not set(text) & {"\r", "\x1b", "\0", "\x85", "\u2028"}
    if form == "json":
        assert [line for line in lines if line and line[0] + line[-1] != "{}"] == []
    else:  # a record, or an indented line of its traceback
        assert [line for line in lines if not re.match(r"\d{4}-|    |$", line)] == []
        assert "    ValueError: a bug" in lines
