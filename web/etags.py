"""Tags of states as ETags: nothing is loaded again, or overwritten without having been seen."""

from functools import partial

from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.request import Request

from web.errors import Changed

_header = partial(OpenApiParameter, location=OpenApiParameter.HEADER)
ETAG = _header("ETag", response=[200])
# No format: any text is accepted, and one that is no ETag matches no state.
_EXAMPLE = '"6f9c1b2e0d9c4c6e8f6e1d2f3a4b5c6d-1"'
_tags = [OpenApiExample("one state", _EXAMPLE), OpenApiExample("any state", "*")]
_condition = partial(_header, examples=_tags)
IF_MATCH = _condition("If-Match", description="The ETag of your GET: 412 if changed.")
IF_NONE_MATCH = _condition(
    "If-None-Match", description="The ETag that you have: 304 if not changed."
)


def etag(tag: str) -> str:
    return f'"{tag}"'


def check_if_match(request: Request, tag: str) -> str | None:
    """The tag that ``If-Match`` requires, to be checked again where the row is locked; None
    where the request accepts any. Raises Changed (412) where it is not ``tag``."""
    wanted = parse_etags(request.headers.get("If-Match", "*"))
    if wanted == ["*"]:
        return None
    if etag(tag) not in wanted:
        raise Changed
    return tag


def is_known(request: Request, tag: str) -> bool:
    """The client has this state already (``If-None-Match``): 304. Never for a page of the
    browsable API, which also shows who is logged in."""
    as_page = request.accepted_renderer.media_type == "text/html"
    known = request.headers.get("If-None-Match", "")
    return not as_page and is_tag_known(known, etag(tag))


def is_tag_known(if_none_match: str, etag: str) -> bool:
    """Whether a client that sends this header has the state of this ETag."""
    if if_none_match == etag:
        return True
    tags = parse_etags(if_none_match)
    return tags == ["*"] or etag in {each.removeprefix("W/") for each in tags}
