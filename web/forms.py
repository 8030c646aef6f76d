"""What the page's forms have in common: their text field, the trap for spam programs, the key that
makes sending them twice safe, the checks of a request with a form, and the way back to the page."""

import secrets
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes, urlencode
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from eventstore import correlation
from web.errors import error_response
from web.keys import FIELD, IdempotencyKey, is_key
from web.methods import View, only
from web.origins import service_url
from web.text import plain_text
from web.throttling import take_write, too_many_requests

MULTIPART = "multipart/form-data"
CONTENT_TYPES = ("application/x-www-form-urlencoded", MULTIPART)
HONEYPOT_FIELD = "website"  # a name that spam programs look for
KEY_BYTES = 16
NOT_TYPED = {FIELD, "csrfmiddlewaretoken"}


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


class PageForm(forms.BaseForm):
    """For a form whose template includes ``web/_honeypot.html``, a field that people do not see,
    and ``web/_key.html``. Should a person's browser have filled the former in, they send the form
    once more: it is empty again."""

    @property
    def sent_key(self) -> str:
        """The key that it came with, for the form that is shown again."""
        key: str = self.data.get(FIELD, "")
        return key if is_key(key) else ""

    def clean(self) -> dict[str, Any]:
        if self.data.get(FIELD) and not self.sent_key:
            raise ValidationError("A hidden field was changed. Please send the form again.")
        if self.data.get(HONEYPOT_FIELD):
            raise ValidationError(
                "A hidden field was filled in, as spam programs do. If you are a person, please "
                "send the form again.",
                code="honeypot",
            )
        return super().clean() or self.cleaned_data


def form_view(keys: type[IdempotencyKey], *, shows_form: bool = False) -> Callable[[View], View]:
    """A decorator: the view accepts a form, and nothing else but, with ``shows_form``, GET. To
    other content it responds with 415, with 429 (but not
    to a form that was saved and is sent again), and with 400 for what is not UTF-8 (which Django
    would read with replacement characters)."""

    def decorate(view: View) -> View:
        @only(*(("GET", "HEAD") if shows_form else ()), "POST")
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
                return view(request, *args, **kwargs)
            if request.content_type not in CONTENT_TYPES and request.body:
                detail = "This address accepts form data only."
                return error_response(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
            if not _is_utf8(request):
                detail = "The form is not valid UTF-8."
                return error_response(request, HTTPStatus.BAD_REQUEST, detail)
            if refused_by := take_write(request):
                key = _key(request)
                if key is None or not keys.is_known(key):
                    return too_many_requests(request, refused_by)
            return view(request, *args, **kwargs)

        return checked

    return decorate


def write_once(request: HttpRequest, keys: type[IdempotencyKey], write: Callable[[], UUID]) -> UUID:
    """The id that ``write`` returns; where the same form was sent before, with the same key and the
    same text, the id of that time, and nothing is written. Raises what ``write`` raises."""
    key = _key(request)
    if key is None:
        return write()
    return UUID(keys.once(key, None, lambda: str(write())))


def new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def redirect_to_page(
    request: HttpRequest, path: str, fragment: str, **query: str
) -> HttpResponseRedirect:
    """To the query service's ``path``, which waits until it has what this request wrote."""
    if (scope := correlation.find()) and scope.position:
        query["min_position"] = str(scope.position)
    query_string = f"?{urlencode(query)}" if query else ""
    return HttpResponseRedirect(f"{service_url('query', request)}{path}{query_string}#{fragment}")


def _key(request: HttpRequest) -> Any:
    """Not the form's key alone: another text is another write, which nobody wants to lose after
    going back to a form that was sent. None where the form has no key."""
    key = request.POST.get(FIELD)
    typed = sorted(pair for pair in request.POST.lists() if pair[0] not in NOT_TYPED)
    return ["form", request.path, key, typed] if key else None


def _is_utf8(request: HttpRequest) -> bool:
    if request.content_type == MULTIPART:  # its bytes are gone once it is parsed
        return not any("\ufffd" in text for texts in request.POST.lists() for text in texts[1])
    try:
        unquote_to_bytes(request.body).decode()
    except UnicodeDecodeError:
        return False
    return True
