"""A trap for programs in the page's forms, which people never meet."""

import pytest
from django.test import Client

from posts.models import Post
from tests.pages import Page, get
from tests.records import on_record
from web.forms import HONEYPOT_FIELD

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

FORMS = {
    "/posts/": {"title": "A title", "body": "What took\n\nan hour"},
    "/posts/{}/comments/": {"content": "What took\n\nan hour", "author": "Ann"},
}


@pytest.mark.parametrize("address", FORMS)
def test_who_fills_it_is_refused_and_loses_nothing(
    client: Client, post: Post, address: str
) -> None:
    there, typed = address.format(post.id), FORMS[address]
    before = on_record()

    response = client.post(there, {**typed, HONEYPOT_FIELD: "https://cheap.example"})

    assert response.status_code == 400
    assert on_record() == before
    page = Page(response.text)
    assert "not saved yet" in page.text
    assert "A hidden field was filled in" in page.text
    for name, value in typed.items():
        [field] = [e for e in page.elements if e.attributes.get("name") == name]
        assert value in (field.attributes.get("value"), "".join(field.raw).strip())
    # A person whose browser did it sends the form once more.
    assert page.find("input", name=HONEYPOT_FIELD).attributes["value"] == ""
    assert "cheap.example" not in page.html
    assert client.post(there, {**typed, HONEYPOT_FIELD: ""}).status_code == 302
    assert client.post(there, typed).status_code == 302


def test_it_is_on_every_form_and_out_of_everybodys_way(client: Client, post: Post) -> None:
    for address in ("/", f"/posts/{post.id}/"):
        page = get(client, address)
        traps = page.all("input", name=HONEYPOT_FIELD)
        assert len(traps) == len(page.all("form"))
        for trap in traps:
            assert trap.attributes["tabindex"] == "-1"
            assert trap.attributes["autocomplete"] == "off"
            assert "required" not in trap.attributes
            page.find("label", **{"for": trap.attributes["id"]})
        assert len({trap.attributes["id"] for trap in traps}) == len(traps)
        assert len(page.all("div", **{"aria-hidden": "true"})) == len(traps)


def test_the_api_takes_what_it_knows(client: Client) -> None:
    body = {"title": "A title", "body": "A body", HONEYPOT_FIELD: "https://cheap.example"}
    response = client.post("/api/posts/", body, content_type="application/json")

    assert response.status_code == 201
    assert HONEYPOT_FIELD not in response.json()
