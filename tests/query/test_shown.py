"""What the API responds with is written by msgspec: the same bytes as its serializers make, which
the schema is made of."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils.timezone import override
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer as OfFramework

from comments import services as comments
from posts.models import Post
from query.api import ShownCommentSerializer, ShownPostInFullSerializer, ShownPostSerializer
from query.shown import Counts, ShownComment, ShownPost
from tests.fuzzing import examples
from tests.histories import settle
from tests.pages import get
from web.api import JSONRenderer

ZONES = ("UTC", "Europe/London", "Europe/Copenhagen", "Asia/Kolkata", "America/St_Johns")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LINKS = st.none() | TEXTS
INDENTS = st.sampled_from(["application/json", "application/json; indent=4"])


@st.composite
def shown(draw: st.DrawFn) -> tuple[ZoneInfo, ShownPost]:
    """A post whose times are those of this zone."""
    zone, numbers = ZoneInfo(draw(st.sampled_from(ZONES))), st.integers(0, 2**31)
    first, last = datetime(1971, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - of each zone
    times = st.datetimes(first, last, timezones=st.just(zone))
    values = (st.uuids(), st.none() | st.uuids(), TEXTS, TEXTS, TEXTS, times, TEXTS)
    of_post = (st.uuids(), TEXTS, TEXTS, TEXTS, TEXTS, times, numbers)
    counts = st.builds(Counts, numbers, numbers, numbers)
    its = st.lists(st.builds(ShownComment, *values), max_size=3)
    return zone, draw(st.builds(ShownPost, *of_post, counts, its))


def serialized_by(serializer: Any, found: list[Any]) -> Any:
    return serializer(found, many=True).data


def of_framework(data: Any, media_type: str) -> bytes:
    renderer: Any = OfFramework()
    written: bytes = renderer.render(data, media_type)
    return written


@examples(300)
@given(shown(), LINKS, LINKS, INDENTS)
def test_it_is_the_same_bytes(
    found: tuple[ZoneInfo, ShownPost], following: str | None, previous: str | None, media_type: str
) -> None:
    (zone, post), links = found, {"next": following, "previous": previous}
    with override(zone):
        for structs, serialized in (
            ([post, post], serialized_by(ShownPostSerializer, [post, post])),
            (post.comments, serialized_by(ShownCommentSerializer, post.comments)),
        ):
            ours = JSONRenderer().render({**links, "results": structs}, media_type)
            assert ours == of_framework({**links, "results": serialized}, media_type)
        post.comments_next = following
        one = ShownPostInFullSerializer(post).data
        assert JSONRenderer().render(post, media_type) == of_framework(one, media_type)


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_times_are_those_of_the_blog(
    client: Client, post: Post, settings: LazySettings, zone: str
) -> None:
    settings.TIME_ZONE = zone
    comment = comments.create_comment(post.id, "Ann", "kind")
    settle()

    [listed] = client.get("/api/query/posts/").json()["results"]

    at = [post.created_at, comment.created_at]
    here = [each.astimezone(ZoneInfo(zone)).isoformat().replace("+00:00", "Z") for each in at]
    assert [listed["created_at"], listed["comments"][0]["created_at"]] == here


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_browser_gets_it_as_a_page(client: Client, post: Post) -> None:
    comments.create_comment(post.id, "Ann", "so kind")
    settle()

    for address in ("", f"{post.id}/", f"{post.id}/comments/"):
        client.defaults["HTTP_ACCEPT"] = "text/html"
        assert "so kind" in get(client, f"/api/query/posts/{address}").text
