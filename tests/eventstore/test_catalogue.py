"""The catalogue of events: as an AsyncAPI document, as a page, and in the terminal."""

import json
import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from eventstore import asyncapi, releases
from eventstore.catalogue import catalogue, subscriptions
from eventstore.consumer import consumers
from eventstore.contracts import CONTRACTS, UPCASTERS
from eventstore.models import Subscription
from eventstore.schemas import schema_of
from lab import npm
from lab.errors import LabFailed
from lab.records import VAR
from tests import newer
from tests.away import Away
from tests.away import away as away
from tests.needs import require

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

CODE = Path(__file__).with_name("asyncapi")
MODULES = VAR / "asyncapi" / "node_modules"
ADDRESS, PAGE = "/api/asyncapi.json", "/api/events/catalogue/"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def document(client: Client) -> Any:
    response = client.get(ADDRESS)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    return response.json()


@pytest.fixture
def of_two_versions(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document after a release in which a post has another shape."""
    earlier = releases.read()
    for contract in (newer.PostCreated, newer.PostUpdated):
        monkeypatch.setitem(CONTRACTS, contract.__name__, contract)
    for key, upcaster in newer.UPCASTERS.items():
        monkeypatch.setitem(UPCASTERS, key, upcaster)
    return asyncapi.document(subscriptions()[0], earlier)


# --- The document


def test_it_names_every_event_and_what_each_service_does(document: Any) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert document["channels"]["log"]["address"] == "/api/events/"
    assert list(document["components"]["messages"]) == list(CONTRACTS)
    assert {name: _messages(of) for name, of in document["operations"].items()} == {
        "postsPublish": ("send", {"PostCreated", "PostUpdated", "PostDeleted"}),
        "commentsPublish": ("send", {"CommentCreated", "CommentUpdated", "CommentDeleted"}),
        "moderationPublish": ("send", {"CommentModerated"}),
        **{
            f"{name}Consume": ("receive", {*consumer.handlers})
            for name, consumer in consumers().items()
        },
    }


def _messages(operation: Any) -> tuple[str, set[str]]:
    names = {each["$ref"].rpartition("/")[2] for each in operation["messages"]}
    return operation["action"], names


def test_every_reference_leads_somewhere(document: Any, of_two_versions: Any) -> None:
    for each in (document, of_two_versions):
        references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(each))
        assert len(references) > 50
        for reference in references:
            _at(each, reference)


def test_examples_are_as_the_schemas_have_them(document: Any, of_two_versions: Any) -> None:
    for each in (document, of_two_versions):
        for message in each["components"]["messages"].values():
            for part in ("headers", "payload"):
                schema = {**message[part], "components": each["components"]}
                validator = OAS31Validator(schema, format_checker=oas31_format_checker)
                [example] = message["examples"]
                assert list(validator.iter_errors(example[part])) == []
                assert list(validator.iter_errors({})) != []


def test_a_payload_is_the_contract(document: Any) -> None:
    for name, contract in CONTRACTS.items():
        payload = _at(document, document["components"]["messages"][name]["payload"]["$ref"])
        assert payload == schema_of(contract)
        assert payload["description"] == " ".join(str(contract.__doc__).split())


def test_attributes_have_the_words_of_their_docstrings(document: Any) -> None:
    comment = document["components"]["schemas"]["CommentCreated"]["properties"]
    assert comment["parent_id"]["description"] == "The comment that this one replies to."


def test_an_earlier_version_is_a_message_of_its_own(of_two_versions: Any) -> None:
    """The log has both, and a reader outside has no upcasters."""
    messages = of_two_versions["components"]["messages"]
    assert {"PostCreated", "PostCreated.v1", "PostDeleted"} <= messages.keys()
    assert "PostDeleted.v1" not in messages
    [earlier], [present] = (
        messages[name]["examples"] for name in ("PostCreated.v1", "PostCreated")
    )
    assert (earlier["headers"]["dataversion"], present["headers"]["dataversion"]) == (1, 2)
    assert ("body" in earlier["payload"], "text" in present["payload"]) == (True, True)
    operations = of_two_versions["operations"]
    assert "PostCreated.v1" not in _messages(operations["postsPublish"])[1]
    assert {"PostCreated", "PostCreated.v1"} <= _messages(operations["queryConsume"])[1]


def _at(document: Any, reference: str) -> Any:
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


@pytest.mark.xdist_group("asyncapi")
def test_it_passes_the_parser_of_asyncapi(document: Any, of_two_versions: Any) -> None:
    require("Node", not npm.missing())
    try:
        npm.install(CODE, MODULES.parent)
    except LabFailed:
        require("AsyncAPI's parser, from npm", None)
    broken = {**document, "operations": {"read": {"action": "listen"}}}
    present, later, bad = _parsed(document, of_two_versions, broken)
    assert present == {"messages": 7, "operations": 6, "problems": []}
    assert later == {"messages": 9, "operations": 6, "problems": []}
    assert any(problem.startswith("operations.read") for problem in bad["problems"])


def _parsed(*documents: Any) -> list[Any]:
    """What the parser found in each."""
    done = subprocess.run(
        (str(shutil.which("node")), str(CODE / "validate.js")),
        input=json.dumps(documents),
        env={"NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return list(json.loads(done.stdout))


def test_the_parser_is_locked_without_a_registry() -> None:
    """A lock file that names a mirror would bind everybody to it."""
    text = (CODE / npm.LOCK).read_text()
    assert '"@asyncapi/parser"' in text
    assert '"integrity"' in text
    assert '"resolved"' not in text


def test_a_browser_gets_a_page_of_it(client: Client) -> None:
    response = client.get(ADDRESS, headers={"Accept": BROWSER})
    assert response.headers["Content-Type"].startswith("text/html")
    assert "&quot;asyncapi&quot;: &quot;3.0.0&quot;" in response.text
    assert client.get(ADDRESS, {"version": "2"}).status_code == 400


# --- The catalogue


def test_the_page_has_every_event_with_its_attributes_and_who_it_is_for(client: Client) -> None:
    page = client.get(PAGE)
    assert page.status_code == 200
    for name, contract in CONTRACTS.items():
        section = page.text.partition(f'id="{name}"')[2].partition("</section>")[0]
        assert f"<dd>{contract.source}</dd>" in section
        for attribute in schema_of(contract)["properties"]:
            assert f"<code>{attribute}</code>" in section
    words = page.text.partition('id="events-desc">')[2].partition("</desc>")[0]
    assert "PostUpdated: from posts to moderation, query." in words
    assert "CommentModerated: from moderation to comments." in words
    assert page.text.count('class="dot"') == sum(len(c.handlers) for c in consumers().values())
    assert "does not respond" not in page.text


def test_consumers_in_other_processes_are_known_from_the_event_store(client: Client) -> None:
    Subscription.seen("statistics", ["PostCreated"])
    Subscription.seen("query", ["PostDeleted"])  # of an earlier program: this process knows better
    by_type = {entry.type: entry.consumers for entry in catalogue().entries}
    assert by_type["PostCreated"] == ["comments", "moderation", "query", "statistics"]
    assert by_type["PostDeleted"] == ["comments", "moderation", "query"]
    assert "statisticsConsume" in client.get(ADDRESS).json()["operations"]
    assert "statistics" in client.get(PAGE).text


def test_without_the_event_store_there_is_what_this_process_knows(
    client: Client, away: Away
) -> None:
    with away("eventstore"):
        page, document = client.get(PAGE), client.get(ADDRESS)
    assert "The event store does not respond" in page.text
    assert "PostUpdated: from posts to moderation, query." in page.text
    assert "queryConsume" in document.json()["operations"]


def test_an_event_that_nobody_consumes_is_shown_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONTRACTS, "PostPinned", newer.PostPinned)
    page = client.get(PAGE)
    assert "PostPinned: from posts to nobody." in page.text


def test_the_terminal_prints_it_as_markdown() -> None:
    lines = _printed("catalogue").splitlines()
    assert "| PostUpdated | posts | moderation, query |" in lines
    assert "## CommentModerated" in lines
    assert (
        "| `parent_id` | uuid or null | `null` | The comment that this one replies to. |" in lines
    )
    examples = re.findall(r"```json\n(.*?)\n```", "\n".join(lines), re.DOTALL)
    assert [json.loads(example).keys() for example in examples] == [
        schema_of(contract)["properties"].keys() for contract in CONTRACTS.values()
    ]


def test_the_terminal_prints_the_document_of_the_address(document: Any) -> None:
    assert json.loads(_printed("asyncapi")) == document


def _printed(what: str) -> str:
    out = StringIO()
    call_command("contracts", what, stdout=out)
    return out.getvalue()
