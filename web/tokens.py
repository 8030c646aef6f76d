"""Tokens of the API in the admin. A token is a password: only its own page shows it, so that it is
in no list, no history, no message and no error report."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from rest_framework.authtoken import admin as drf
from rest_framework.authtoken.models import Token, TokenProxy


def _owner(token: Token) -> str:
    return f"Token of {token.user}"


Token.__str__ = _owner  # type: ignore[assignment,method-assign]
admin.site.unregister(TokenProxy)


@admin.register(TokenProxy)
class TokenAdmin(drf.TokenAdmin):
    """DRF's. A token is made, seen and deleted; there is nothing to change in it."""

    list_display = ("user", "created")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user", "key", "created") if obj else ("user",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """On to its page, to copy it."""
        return redirect("admin:authtoken_tokenproxy_change", obj.pk)
