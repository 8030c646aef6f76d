"""The API describes itself: a schema, a page for browsers, errors of one shape."""

import re
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator

from comments import services as comments
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.pages import Page
from tests.people import KINDS, browser_of, person
from tests.web.rights import API

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def names(post: Post) -> dict[str, object]:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return {"post": post.id, "comment": comment.id}


@pytest.fixture
def schema(client: Client) -> Any:
    return client.get("/api/schema/?format=json").json()


def test_the_schema_is_valid_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", tmp_path / "schema.yml")


def test_the_schema_passes_the_validator_of_openapi(schema: Any) -> None:
    assert list(OpenAPIV30SpecValidator(schema).iter_errors()) == []


def test_api_redirects_to_its_documentation(client: Client) -> None:
    assert client.get("/api/", follow=True).redirect_chain == [("/api/docs/", 302)]


def test_the_schema_knows_every_address(schema: Any) -> None:
    methods = {path: {*methods} for path, methods in schema["paths"].items()}
    of_table = {re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route}"): row for route, row in API.items()}
    for description in ("/api/schema/", "/api/asyncapi.json"):
        del of_table[description]
    assert methods == {path: {*map(str.lower, row)} for path, row in of_table.items()}


def test_responses_have_the_attributes_of_the_schema(schema: Any, names: dict[str, object]) -> None:
    browser = browser_of("superuser")
    for path, methods in schema["paths"].items():
        if "get" not in methods:
            continue
        address = path.format(post_id=names["post"], comment_id=names["comment"])
        if path == "/api/comments/":
            address += f"?post_id={names['post']}"
        if path == "/api/query/comments/":
            address += f"?id={names['comment']}"
        if path == "/api/events/journey/":
            address += f"?of={names['comment']}"
        answer, kind = browser.get(address).json(), _kind(schema, methods["get"])
        assert answer.keys() == kind.keys()
        if "results" in kind:
            reference = kind["results"]["items"]["$ref"]
            assert answer["results"][0].keys() == _named(schema, reference).keys()


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/api/posts/?limit=0", {}, 400),
        ("POST", "/api/posts/", {"data": "{"}, 400),
        ("POST", "/api/posts/", {"data": '{"title": ""}'}, 400),
        ("POST", "/api/posts/", {"content_type": "text/plain", "data": "A"}, 415),
        ("GET", "/api/posts/", {"headers": {"Accept": "image/png"}}, 406),
        ("DELETE", "/api/posts/{post_id}/", {}, 401),
        ("GET", "/api/posts/00000000-0000-0000-0000-000000000000/", {}, 404),
    ],
)
def test_the_schema_names_each_error(
    client: Client, schema: Any, post: Post, method: str, path: str, sent: Any, status: int
) -> None:
    answer = client.generic(
        method, path.format(post_id=post.id), **{"content_type": "application/json", **sent}
    )
    assert answer.status_code == status
    place = path.partition("?")[0].replace("0" * 8 + "-0000-0000-0000-" + "0" * 12, "{post_id}")
    [reference] = schema["paths"][place][method.lower()]["responses"][str(status)].values()
    named = schema["components"]["responses"][reference.rpartition("/")[2]]
    kind = _schema(schema, named["content"]["application/json"]["schema"]["$ref"])
    assert set(kind.get("required", [])) <= answer.json().keys()
    assert set(named["headers"]) <= set(answer.headers) | {"Retry-After"}


def test_every_operation_has_a_summary_and_an_example_that_is_one(schema: Any) -> None:
    summaries = []
    for methods in schema["paths"].values():
        for operation in methods.values():
            summaries.append(operation["summary"])
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            media = [kind for body in bodies for kind in body.get("content", {}).values()]
            assert media or "204" in operation["responses"]
            assert [kind for kind in media if not _is_example(schema, kind)] == []
    assert len(set(summaries)) == len(summaries)


def test_every_error_has_a_description_and_examples_in_both_shapes(schema: Any) -> None:
    for error in schema["components"]["responses"].values():
        assert len(error["description"]) > 10
        assert error["content"].keys() == {"application/json", "application/problem+json"}
        assert all(_is_example(schema, kind) for kind in error["content"].values())


def _is_example(schema: Any, media_type: Any) -> bool:
    described = {"allOf": [media_type["schema"]], "components": schema["components"]}
    validator = OAS30Validator(described, format_checker=oas30_format_checker)
    errors = list(validator.iter_errors(media_type["example"]))
    return bool(media_type["example"]) and not errors


def test_the_docs_authorize_with_a_token_or_a_password(schema: Any) -> None:
    schemes = schema["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert (schemes["password"]["type"], schemes["password"]["scheme"]) == ("http", "basic")
    create = schema["paths"]["/api/posts/"]["post"]["security"]
    assert {"token": []} in create


def test_the_schema_limits_what_may_be_sent(schema: Any) -> None:
    title = _named(schema, "PostRequest")["title"]
    assert (title["minLength"], title["maxLength"], title["format"]) == (1, 200, "plain-text")
    asked = {each["name"]: each for each in schema["paths"]["/api/posts/"]["get"]["parameters"]}
    assert asked["limit"]["schema"]["minimum"] == 1
    comment = schema["paths"]["/api/posts/{post_id}/comments/"]["post"]["responses"]
    assert {"201", "400", "403", "404", "413", "415", "429", "503"} <= comment.keys()
    assert "200" not in comment


def test_an_empty_filter_counts_as_absent_where_it_may_be_absent(schema: Any) -> None:
    parameters = {
        (path, each["name"]): each
        for path, methods in schema["paths"].items()
        for each in methods.get("get", {}).get("parameters", [])
        if each["in"] == "query" and each["schema"].get("type") == "string"
    }
    assert "allowEmptyValue" not in parameters["/api/events/journey/", "of"]
    assert parameters["/api/events/", "type"]["allowEmptyValue"]
    for each in parameters.values():
        assert each.get("required", False) is not each.get("allowEmptyValue", False)


def test_the_schema_allows_no_nul_in_a_filter(schema: Any) -> None:
    moderator = browser_of("moderator")
    reviews = "/api/moderation/reviews/"
    asked = {each["name"]: each["schema"] for each in schema["paths"][reviews]["get"]["parameters"]}
    for name, status in {"Mo\nd": 200, "Mo\0d": 400}.items():
        assert bool(re.search(asked["decided_by"]["pattern"], name)) == (status == 200)
        assert moderator.get(reviews, {"decided_by": name}).status_code == status


def _kind(schema: Any, operation: Any) -> Any:
    content = operation["responses"]["200"]["content"]["application/json"]
    return _named(schema, content["schema"]["$ref"])


def _named(schema: Any, reference: str) -> Any:
    return _schema(schema, reference)["properties"]


def _schema(schema: Any, reference: str) -> Any:
    return schema["components"]["schemas"][reference.rpartition("/")[2]]


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ADDRESSES = [
    "/api/posts/",
    "/api/posts/{post}/",
    "/api/posts/{post}/comments/",
    "/api/comments/?post_id={post}",
    "/api/comments/",
    "/api/comments/{comment}/",
    "/api/query/posts/",
    "/api/query/posts/{post}/",
    "/api/query/posts/{post}/comments/",
    "/api/query/posts/?min_position=x",
    "/api/moderation/reviews/",
    "/api/moderation/reviews/{comment}/",
    "/api/moderation/reviews/{comment}/approve/",
    "/api/moderation/reviews/{comment}/reject/",
    "/api/events/",
    "/api/events/?limit=x",
    "/api/posts/{nobody}/",
    "/api/posts/x/",
    "/api/nowhere/",
    "/api/docs/",
]


@pytest.fixture
def page_names(post: Post) -> dict[str, object]:
    comment = comments.create_comment(post.id, "Ann", "A kind word")
    settle()
    return {"post": post.id, "comment": comment.id, "nobody": uuid4()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_address_is_a_page_in_a_browser(page_names: dict[str, object], kind: str) -> None:
    browser = browser_of(kind)
    for address in ADDRESSES:
        path = address.format(**page_names)
        response = browser.get(path, headers={"accept": BROWSER})

        assert response.headers["Content-Type"].startswith("text/html"), path
        assert response.status_code in (200, 400, 401, 403, 404, 405), path
        assert response.status_code == browser.get(path).status_code
        assert "<title>" in response.text


def test_a_browsers_request_gets_a_page(page_names: dict[str, object]) -> None:
    browser = browser_of("superuser")
    for method, address, body, status in (
        ("POST", "/api/posts/", {"title": "A", "body": "B"}, 201),
        ("POST", "/api/posts/", {"title": ""}, 400),
        ("POST", "/api/posts/{post}/comments/", {"content": "A"}, 201),
        ("POST", "/api/moderation/reviews/{comment}/approve/", {}, 200),
        ("PATCH", "/api/posts/{post}/", {"title": "B"}, 200),
        ("PUT", "/api/posts/{post}/", {"title": "B"}, 405),
        ("DELETE", "/api/comments/{comment}/", None, 200),
        ("OPTIONS", "/api/posts/{post}/", None, 200),
    ):
        response = send(browser, method, address.format(**page_names), body, accept=BROWSER)
        assert response.status_code == status, (method, address)
        assert response.headers["Content-Type"].startswith("text/html")


def test_pages_of_the_api_load_nothing_from_elsewhere(client: Client, post: Post) -> None:
    for address in ("/api/docs/", "/api/posts/"):
        response = client.get(address, headers={"accept": BROWSER})
        loaded = [
            element.attributes.get("src") or element.attributes["href"]
            for element in Page(response.text).elements
            if element.tag in ("script", "link", "img") and {"src", "href"} & {*element.attributes}
        ]
        assert len(loaded) > 2
        for source in loaded:
            assert source.startswith(("/static/", "/api/docs/")), source
            with closing(client.get(source)) as found:
                assert found.status_code == 200, source
        assert not re.search(r"""(?:src|@import|url\()\s*=?\s*["']?(?:https?:)?//""", response.text)


def test_who_is_not_logged_in_is_led_to_the_login_and_back() -> None:
    person("superuser")
    User.objects.update(password=make_password("correct horse"))
    browser, address = Client(), "/api/events/?limit=5&after=0"
    [link] = links(browser, address)
    assert Page(browser.get(link).text).all("input", name="password")
    typed = {"username": "superuser", "password": "correct horse", "next": address}
    answer = browser.post(link, typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert links(browser, address) == []


def links(browser: Client, address: str) -> list[str]:
    """Those to the login."""
    page = Page(browser.get(address, headers={"accept": BROWSER}).text)
    hrefs = [link.attributes.get("href") or "" for link in page.all("a")]
    return [href for href in hrefs if href.startswith("/admin/login/")]


def test_there_is_an_icon_where_a_page_names_none(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/x-icon")
    assert answer.content.startswith(b"\0\0\1\0")
    assert answer.headers["Cache-Control"] == "public, max-age=2592000"


NOTHING = {"detail": "There is nothing at this address."}


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/api/posts/{}/"),
        ("PATCH", "/api/posts/{}/"),
        ("DELETE", "/api/posts/{}/"),
        ("GET", "/api/posts/{}/comments/"),
        ("POST", "/api/posts/{}/comments/"),
        ("GET", "/api/comments/{}/"),
        ("DELETE", "/api/comments/{}/"),
        ("GET", "/api/query/posts/{}/"),
        ("GET", "/api/query/posts/{}/comments/"),
        ("GET", "/api/moderation/reviews/{}/"),
        ("POST", "/api/moderation/reviews/{}/approve/"),
        ("GET", "/api/posts/?format=xml"),
        ("GET", "/api/schema/?format=xml"),
        ("GET", "/api/nowhere/"),
    ],
)
def test_404_has_the_same_text_everywhere(method: str, address: str) -> None:
    body = None if method == "GET" else {"content": "A"}
    answer = send(browser_of("superuser"), method, address.format(uuid4()), body)
    assert (answer.status_code, answer.json()) == (404, NOTHING)


@pytest.mark.parametrize(
    ("method", "query", "accept", "status"),
    [
        ("GET", "?format=xml", "*/*", 404),
        ("GET", "?format=yaml", "text/html", 406),
        ("POST", "", "*/*", 405),
        ("DELETE", "", "application/vnd.oai.openapi", 405),
        ("GET", "", "image/png", 406),
    ],
)
def test_an_error_instead_of_the_schema_is_json(
    client: Client, method: str, query: str, accept: str, status: int
) -> None:
    answer = client.generic(method, f"/api/schema/{query}", headers={"accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert list(answer.json()) == ["detail"]
