"""Calls of the API, as a program makes them."""

from typing import Any

from django.test import Client

JSON = "application/json"


def send(client: Client, method: str, address: str, body: Any = None, **headers: str) -> Any:
    """A request with a JSON body. Headers in snake case."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    call = getattr(client, method.lower())
    return call(address, body, content_type=JSON, headers=named)


def every_page(client: Client, address: str) -> list[list[dict[str, Any]]]:
    """The results of each page, from this one to the last."""
    pages, following = [], address
    while following:
        page = client.get(following).json()
        assert set(page) == {"next", "previous", "results"}
        pages.append(page["results"])
        following = page["next"]
    return pages
