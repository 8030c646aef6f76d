"""Versions as ETags: a reader does not load the same again, and a writer does not overwrite what
they have not seen."""

from typing import Literal

from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.request import Request

from web.errors import Changed

HEADER: Literal["header"] = "header"
ETAG = OpenApiParameter("ETag", str, HEADER, response=[200])
EXAMPLES = [OpenApiExample("a version", '"1"'), OpenApiExample("any version", "*")]
# No format: any text is accepted, and one that is no ETag matches no version.
IF_MATCH = OpenApiParameter(
    "If-Match", str, HEADER, description="The ETag of your GET: 412 if changed.", examples=EXAMPLES
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    HEADER,
    description="The ETag that you have: 304 if not changed.",
    examples=EXAMPLES,
)


def etag(version: int) -> str:
    return f'"{version}"'


def check_if_match(request: Request, version: int) -> int | None:
    """The version that ``If-Match`` requires, to be checked again where the row is locked; None
    where the request accepts any. Raises Changed (412) where it is not ``version``."""
    wanted = parse_etags(request.headers.get("If-Match", "*"))
    if wanted == ["*"]:
        return None
    if etag(version) not in wanted:
        raise Changed
    return version


def is_known(request: Request, version: int) -> bool:
    """The client has this version already (``If-None-Match``): 304. Never for a page of the
    browsable API, which also shows who is logged in."""
    known = [
        tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))
    ]
    as_page = request.accepted_renderer.media_type == "text/html"
    return not as_page and (known == ["*"] or etag(version) in known)
