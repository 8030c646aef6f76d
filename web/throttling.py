"""How much one address may send, and all of them together; the API and the page's forms count
together. Counted in the cache, which each process has for itself."""

import math
from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

View = Callable[..., HttpResponseBase]
_lock = Lock()  # a request that looks and one that counts may be in two threads


class Allowance(SimpleRateThrottle):
    """So many in a time, of one address; ``scope`` is the name of the rate in the settings."""

    scope: str
    duration: int

    def get_rate(self) -> Any:
        return settings.THROTTLE_RATES[self.scope]

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"throttle_{self.scope}_{quote(client_address(request))[:100]}"

    def give_back(self) -> None:
        """What this one took does not count."""
        if self.rate is None:
            return
        history = self.cache.get(self.key, [])
        if self.now in history:
            history.remove(self.now)
            self.cache.set(self.key, history, self.duration)

    def seconds(self) -> int:
        """Until something is left again."""
        return math.ceil(self.wait() or 1)


class WritesOfAddress(Allowance):
    """``THROTTLE_WRITES`` writes per address."""

    scope = "writes"


class WritesOfAll(Allowance):
    """``THROTTLE_WRITES_ALL`` writes of all addresses together."""

    scope = "writes_all"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"throttle_{self.scope}"


class WriteThrottle(BaseThrottle):
    """Both limits; reads are free. A request that one of them refuses does not count in the other,
    so that nobody alone uses up what all may send."""

    refused_by: Allowance | None = None

    def allow_request(self, request: Any, view: Any) -> bool:
        if request.method not in SAFE_METHODS:
            self.refused_by = take(request, WritesOfAddress(), WritesOfAll())
        return self.refused_by is None

    def wait(self) -> float | None:
        return self.refused_by.seconds() if self.refused_by else None


def take(request: Any, *allowances: Allowance) -> Allowance | None:
    """Takes one of each. Where one is used up, takes nothing and returns that one."""
    with _lock:
        for number, allowance in enumerate(allowances):
            if not allowance.allow_request(request, None):  # type: ignore[arg-type]
                for taken in allowances[:number]:
                    taken.give_back()
                return allowance
    return None


def throttle_form(view: View) -> View:
    """The same limits for a form's view; the response is a page with status 429."""

    @wraps(view)
    def throttled(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refused_by = take(request, WritesOfAddress(), WritesOfAll())
        if refused_by:
            return too_many_requests(request, refused_by)
        return view(request, *args, **kwargs)

    return throttled


def too_many_requests(request: HttpRequest, allowance: Allowance) -> HttpResponse:
    """The page for 429: what was too much, and when to try again."""
    context = {"scope": allowance.scope, "seconds": allowance.seconds()}
    response = render(request, "web/throttled.html", context, status=429)
    response.headers["Retry-After"] = str(allowance.seconds())
    return response


def client_address(request: Any) -> str:
    """The address that a request comes from: the network of an IPv6 address, all of which is one
    customer's. ``X-Forwarded-For`` counts as far as ``NUM_PROXIES`` proxies wrote it."""
    ident = BaseThrottle().get_ident(request) or "unknown"
    try:
        address = ip_address(ident)
    except ValueError:  # a socket's, or a proxy's own way to name it
        return ident
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or f"{int(address) >> 64:x}::/64")
    return ident
