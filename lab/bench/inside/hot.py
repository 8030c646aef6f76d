"""``python -m lab.bench.inside.hot fill COMMENTS | ask``: a read model of 20 posts, the newest with
so many comments; or its pages, requested in this process."""

import sys
import time
from datetime import timedelta
from random import Random
from uuid import uuid4

from django.test import Client
from msgspec.structs import replace

from eventstore import store
from eventstore.consumer import consumers
from eventstore.contracts import Contract, PostCreated
from lab import data
from lab.bench.inside.filling import new_event
from lab.children import orders, send

POSTS = 20
PAGES = {
    "page /": "/",
    "list JSON, not remembered": "/api/query/posts/",
    "page of the post": "",
}


def fill(comments: str) -> None:
    """Query alone has caught up with it."""
    random = Random(data.SEED + 5)
    events: list[Contract] = list(data.even_blog(POSTS))
    newest = [event for event in events if isinstance(event, PostCreated)][-1]
    for number in range(int(comments)):
        at = newest.created_at + timedelta(minutes=1, milliseconds=number)
        comment = data.comment_created(random, newest.post_id, at)
        events.append(replace(comment, status="approved"))
    for some in data.chunks(events):
        store.append([new_event(event, random) for event in some])
    consumers()["query"].catch_up()


def ask() -> None:
    """For each name of a page that its parent sends, the milliseconds of processor time that it
    takes; first the names."""
    client = Client(headers={"host": "127.0.0.1", "cache-control": "no-cache"})
    newest = client.get(PAGES["list JSON, not remembered"]).json()["results"][0]
    paths = PAGES | {"page of the post": f"/posts/{newest['slug'] or newest['id']}/"}
    send(list(paths))
    for page in orders():
        # What earlier requests left behind is not served: nothing is remembered for this address.
        path = f"{paths[page]}?none={uuid4()}" if page == "page /" else paths[page]
        began = time.process_time()
        response = client.get(path)
        took = time.process_time() - began
        if response.status_code != 200:
            raise RuntimeError(f"{path} responded {response.status_code}")
        send(took * 1_000)


if __name__ == "__main__":
    fill(sys.argv[2]) if sys.argv[1] == "fill" else ask()
