"""Versions as ETags: nothing is loaded again, or overwritten without having been seen."""

from functools import partial

from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.request import Request

from web.errors import Changed

_header = partial(OpenApiParameter, location=OpenApiParameter.HEADER)
ETAG = _header("ETag", response=[200])
# No format: any text is accepted, and one that is no ETag matches no version.
_versions = [OpenApiExample("a version", '"1"'), OpenApiExample("any version", "*")]
_condition = partial(_header, examples=_versions)
IF_MATCH = _condition("If-Match", description="The ETag of your GET: 412 if changed.")
IF_NONE_MATCH = _condition(
    "If-None-Match", description="The ETag that you have: 304 if not changed."
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
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    known = [tag.removeprefix("W/") for tag in tags]
    as_page = request.accepted_renderer.media_type == "text/html"
    return not as_page and (known == ["*"] or etag(version) in known)
