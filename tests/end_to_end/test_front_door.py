"""What is answered before Django, by real processes on every database: never anything older than a
write whose reader has seen it, and nothing while the database is away."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import httpx
import pytest

from tests.end_to_end.stacks import Stack, lose_page, those
from tests.running import SECONDS

LIST = "/api/query/posts/"
READERS, WRITES = 4, 12


def position(response: httpx.Response) -> int:
    """Of the read model that this response was made of, by its ETag."""
    return int(response.headers["ETag"].strip('"').partition("-")[0])


def test_no_reader_sees_what_is_older_than_a_write_that_was_seen(stack: Stack) -> None:
    post = stack.write_post()
    stack.until(lambda: stack.run.get(f"{LIST}{post}/").status_code == 200)
    slug = stack.run.get(f"{LIST}{post}/").json()["slug"]
    addresses = (LIST, "/", f"/posts/{slug}/", f"{LIST}{post}/comments/")
    seen, done, reads = [0], Event(), [0] * READERS

    def read(reader: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{stack.run.port}", timeout=SECONDS) as client:
            while not done.is_set() or reads[reader] < 20:
                at_least, address = seen[-1], addresses[reads[reader] % len(addresses)]
                response = client.get(address, headers={"Cookie": ""})
                client.cookies.clear()
                assert response.status_code == 200
                assert position(response) >= at_least, address
                reads[reader] += 1

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, number) for number in range(READERS)]
        try:
            for number in range(WRITES):
                written = int(stack.comment(post, f"No. {number}").headers["X-Event-Position"])
                shown = stack.run.get(f"{LIST}{post}/comments/?min_position={written}")
                assert len(shown.json()["results"]) == number + 1
                assert position(shown) >= written
                seen.append(written)
        finally:
            done.set()
        for each in readers:
            each.result()
    everything = {f"No. {number}": "approved" for number in range(WRITES)}
    stack.until(lambda: stack.statuses(post) == everything)
    shown = stack.run.get(f"/posts/{slug}/")
    assert all(content in shown.text for content in everything)


@pytest.mark.parametrize("stack", those("PostgreSQL and Redis", "MariaDB"), indirect=True)
def test_nothing_is_remembered_for_readers_while_the_database_is_away(stack: Stack) -> None:
    stack.write_post()
    for _ in range(2):
        assert {stack.run.get(each).status_code for each in (LIST, "/")} == {200}
    with stack.without("query"):
        assert {stack.run.get(each).status_code for each in (LIST, "/", LIST)} == {503}
    stack.until(lambda: {stack.run.get(each).status_code for each in (LIST, "/")} == {200})


def test_a_database_that_is_lost_is_not_answered_from_memory(stack: Stack) -> None:
    post = stack.write_post()
    stack.until(lambda: stack.run.get(f"{LIST}{post}/").status_code == 200)
    old = [stack.run.get(LIST) for _ in range(2)][-1]
    lose_page(stack)
    lost = stack.run.get(LIST)
    assert lost.status_code == 503 or lost.headers.get("ETag") != old.headers["ETag"]
    stack.until(lambda: stack.run.get(f"{LIST}{post}/").status_code == 200)
    url, known = f"http://127.0.0.1:{stack.run.port}{LIST}", {"If-None-Match": old.headers["ETag"]}
    assert httpx.get(url, headers=known, timeout=SECONDS).status_code == 200
