"""``counting POST_ID``: how many SQL queries each page needs, by database."""

import sys
from contextlib import ExitStack

from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eventstore.consumer import consumers
from lab.bench.inside.talk import say


def main(post_id: str) -> None:
    position = consumers()["query"].position()
    addresses = {
        "/": "/",
        "/ after a form": f"/?min_position={position}",
        "/posts/<id>/": f"/posts/{post_id}/",
        "/posts/<id>/ after a form": f"/posts/{post_id}/?min_position={position}",
        "/api/query/posts/": "/api/query/posts/",
    }
    here = {"host": "127.0.0.1"}
    anybody, staff = Client(headers=here), Client(headers=here)
    staff.force_login(get_user_model().objects.get(is_superuser=True))
    counts = {what: count(anybody, address) for what, address in addresses.items()}
    counts |= {f"{what}, staff": count(staff, address) for what, address in addresses.items()}
    say(counts)


def count(client: Client, address: str) -> dict[str, int]:
    client.get(address)  # what is done once is not counted
    with ExitStack() as stack:
        captured = {
            connection.alias: stack.enter_context(CaptureQueriesContext(connection))
            for connection in connections.all()
        }
        response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
        return {alias: len(queries) for alias, queries in captured.items() if len(queries)}


if __name__ == "__main__":
    main(sys.argv[1])
