"""A version as an ETag: a reader need not read the same again, a writer does not overwrite what
they have not seen."""

from typing import Literal

from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.request import Request

from web.errors import Changed

HEADER: Literal["header"] = "header"
ETAG = OpenApiParameter("ETag", str, HEADER, response=[200])
TAGS = [OpenApiExample("a version", '"1"'), OpenApiExample("any version", "*")]
# No format: every text is taken, and one that is no ETag is no version either.
IF_MATCH = OpenApiParameter(
    "If-Match", str, HEADER, description="The ETag that GET gave: 412 if changed.", examples=TAGS
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    HEADER,
    description="The ETag that you have: 304 if not changed.",
    examples=TAGS,
)


def etag(version: int) -> str:
    return f'"{version}"'


def check_if_match(request: Request, version: int) -> int | None:
    """The version that ``If-Match`` wants, to be checked again where it is locked; None where the
    request takes any. Raises Changed (412) where it is not the one at hand."""
    wanted = parse_etags(request.headers.get("If-Match", "*"))
    if wanted == ["*"]:
        return None
    if etag(version) not in wanted:
        raise Changed
    return version


def is_known(request: Request, version: int) -> bool:
    """The reader has this version already (``If-None-Match``): 304. A program's, that is: a page
    of the browsable API also shows who is logged in."""
    known = [
        tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))
    ]
    as_page = request.accepted_renderer.media_type == "text/html"
    return not as_page and (known == ["*"] or etag(version) in known)
