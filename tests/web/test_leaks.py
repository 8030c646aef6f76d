"""Nothing that nobody approved is public: every address of the URL patterns, in bodies, headers,
cookies and logs, after those who may read it have looked at the same addresses."""

import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from comments import services as comments
from comments.models import Comment
from moderation import services as moderation
from posts.models import Post
from tests.calls import send
from tests.histories import settle
from tests.people import browser_of
from tests.web.addresses import Filled, ask, routes, undone

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

ACCEPTED = ("application/problem+json", "text/html")
# They take long, and know no comments: the public alone looks at them.
HEAVY = {"/api/schema/", "/api/docs/", "/comparison/", "/comparison/results.json", "/metrics"}
OF_ROWS = re.compile("admin/(comments/comment|moderation/review)/").match
KINDS = ("Waits", "Refused", "Spam", "Withdrawn", "Changed")


@pytest.fixture(autouse=True)
def _hold(settings: LazySettings) -> None:
    settings.MODERATION_DEFAULT = "hold"
    settings.THROTTLE_RATES = dict.fromkeys(settings.THROTTLE_RATES)


def write(browser: Client, post: Post, kind: str) -> UUID:
    texts = {"author": f"{kind}byname", "content": f"{kind}intext"}
    response = send(browser, "POST", f"/api/posts/{post.id}/comments/", texts)
    settle()
    return UUID(response.json()["id"])


def fill(post: Post, sender: Client) -> dict[str, UUID]:
    """A comment of each kind that is not public, and a reply to it that is."""
    ids = {kind: write(sender, post, kind) for kind in KINDS if kind != "Spam"}
    ids["Spam"] = uuid4()
    now, texts = timezone.now(), ("Spambyname", "Spamintext")
    moderation.record_import(ids["Spam"], post.id, *texts, now, "rejected")
    comments.create_comment(post.id, *texts, comment_id=ids["Spam"], created_at=now)
    moderation.decide(ids["Refused"], "rejected", decided_by="Mo", reason="Refusedbecause")
    for kind in ("Withdrawn", "Changed"):
        moderation.decide(ids[kind], "approved", decided_by="Mo")
    for kind in KINDS:
        reply = comments.reply(post.id, "Replier", f"Re {kind.lower()}", ids[kind])
        settle()
        moderation.decide(reply.id, "approved", decided_by="Mo")
    settle()
    # The public has seen these two, and caches have them.
    assert "Withdrawnintext" in walked(Client(), [f"/posts/{post.slug}/", "/api/query/posts/"])
    moderation.decide(ids["Withdrawn"], "rejected", decided_by="Mo", seen=None)
    comments.update_comment(ids["Changed"], content="Changedintext anew", by_sender=True)
    settle()
    return ids


def addresses(ids: dict[str, UUID], filled: Filled) -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        filled.comment = Comment.objects.get(id=ids[kind])
        filled.names["UUID:comment_id"] = ids[kind]
        filled.rows["comments/comment"] = filled.rows["moderation/review"] = ids[kind]
        for route in routes():
            is_of_comment = "comment_id" in route or ("object_id" in route and OF_ROWS(route))
            if kind == KINDS[0] or is_of_comment:
                yield route, filled.address(route)
    page = filled.address("posts/<str:slug>/")
    for kind in KINDS:
        yield "posts/<str:slug>/", f"{page}?reply={ids[kind]}"
        yield "posts/<str:slug>/", f"{page}?comment={ids[kind]}"
        yield "api/query/comments/", f"/api/query/comments/?id={ids[kind]}"


def walked(browser: Client, paths: list[str]) -> str:
    """All that the browser gets at these addresses, by GET, as each type."""
    found = []
    for path in paths:
        for accepted in ACCEPTED:
            response = browser.get(path, headers={"accept": accepted})
            found += [response.getvalue().decode(errors="replace"), str(response.headers)]
            found.append(response.cookies.output())
    return "\n".join(found)


def seen(text: str) -> set[str]:
    """The kinds of comments of which something is in the text."""
    return {
        kind
        for kind in KINDS
        if any(f"{kind}{what}" in text for what in ("byname", "intext", "because"))
    }


def test_nothing_that_is_not_approved_is_public(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    sender, other = Client(), Client()
    first = Comment.objects.create(post_id=post.id, author="X", content="X")
    settle()
    moderated = comments.create_comment(post.id, "Replier", "Hello")
    first.delete()
    settle()
    filled = Filled()
    assert filled.comment == moderated
    ids = fill(post, sender)
    other.cookies = browser_of("user").cookies
    write(other, post, "Mine")
    places = list(addresses(ids, filled))
    caplog.clear()

    paths = [path for _, path in places if path not in HEAVY]
    assert seen(walked(sender, paths)) == set(KINDS) - {"Spam"}
    assert seen(walked(browser_of("staff"), paths)) == set(KINDS)
    assert [path for path in paths if seen(walked(other, [path]))] == []
    assert [path for path in (*paths, *HEAVY) if seen(walked(Client(), [path]))] == []
    # What is refused shows nothing either: without a body, and with one.
    stranger = Client(raise_request_exception=False)
    with undone():
        for route, path in places:
            for method in ("PATCH", "DELETE", "POST"):
                response = ask(stranger, method, route, path)
                text = response.getvalue().decode(errors="replace") + str(response.headers)
                assert not seen(text), (method, path)
    assert not seen(caplog.text)
