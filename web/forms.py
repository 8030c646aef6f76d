"""What the page's forms have in common: their text field, the trap for spam programs, the checks
of a request with a form, and the way back to the page."""

from functools import wraps
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes, urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from eventstore import correlation
from web.errors import error_response
from web.methods import View, only
from web.origins import service_url
from web.text import plain_text
from web.throttling import take_write, too_many_requests

MULTIPART = "multipart/form-data"
CONTENT_TYPES = ("application/x-www-form-urlencoded", MULTIPART)
HONEYPOT_FIELD = "website"  # a name that spam programs look for


class TextField(forms.CharField):
    """Plain text with line breaks as ``\\n``. A browser sends two characters for each, but counts
    one against the field's ``maxlength``."""

    default_error_messages: ClassVar = {
        "max_length": "At most %(limit_value)d characters are allowed; this has %(show_value)d."
    }
    default_validators = [plain_text]

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


class Honeypot(forms.BaseForm):
    """For a form whose template includes ``web/_honeypot.html``, a field that people do not see.
    Should a person's browser have filled it in, they send the form once more: it is empty again."""

    def clean(self) -> dict[str, Any]:
        if self.data.get(HONEYPOT_FIELD):
            raise ValidationError(
                "A hidden field was filled in, as spam programs do. If you are a person, please "
                "send the form again.",
                code="honeypot",
            )
        return super().clean() or self.cleaned_data


def form_view(view: View) -> View:
    """A decorator: the view accepts a form, and nothing else. Responds with 415, with 429, and
    with 400 for what is not UTF-8 (which Django would read with replacement characters)."""

    @only("POST")
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.content_type not in CONTENT_TYPES and request.body:
            return error_response(
                request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "This address accepts form data only."
            )
        if not _is_utf8(request):
            return error_response(request, HTTPStatus.BAD_REQUEST, "The form is not valid UTF-8.")
        if refused_by := take_write(request):
            return too_many_requests(request, refused_by)
        return view(request, *args, **kwargs)

    return checked


def redirect_to_page(
    request: HttpRequest, path: str, fragment: str, **query: str
) -> HttpResponseRedirect:
    """To the query service's ``path``, which waits until it has what this request wrote."""
    if (scope := correlation.find()) and scope.position:
        query["min_position"] = str(scope.position)
    query_string = f"?{urlencode(query)}" if query else ""
    return HttpResponseRedirect(f"{service_url('query', request)}{path}{query_string}#{fragment}")


def _is_utf8(request: HttpRequest) -> bool:
    if request.content_type == MULTIPART:  # its bytes are gone once it is parsed
        return not any("\ufffd" in text for texts in request.POST.lists() for text in texts[1])
    try:
        unquote_to_bytes(request.body).decode()
    except UnicodeDecodeError:
        return False
    return True
