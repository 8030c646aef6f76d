"""What stands behind an address that is wrong: JSON under ``/api/`` (a page for a browser),
a page elsewhere."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

NOTHING = "There is nothing at this address."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, HTTPStatus.BAD_REQUEST, "This request cannot be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, HTTPStatus.FORBIDDEN, "You may not do this.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without the token of the page that it was on."""
    return answer(
        request,
        HTTPStatus.FORBIDDEN,
        "This form is not one that this browser got from us, or it is from long ago. Nothing was "
        "saved. Go back, reload the page and send it again; cookies have to be allowed.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, HTTPStatus.NOT_FOUND, NOTHING)


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side.")


def answer(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """``detail`` in the form that the address speaks."""
    response: HttpResponse
    if request.path.startswith("/api/") and not _wants_page(request):
        response = JsonResponse({"detail": detail}, status=status)
    else:
        context = {"title": status.phrase, "detail": detail}
        response = render(request, "web/error.html", context, status=status)
    patch_vary_headers(response, ["Accept"])
    return response


def _wants_page(request: HttpRequest) -> bool:
    kinds = ["application/json", "text/html"]
    return request.get_preferred_type(kinds) == "text/html"
