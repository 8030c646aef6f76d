"""How much one address may send, and all of them together, and how many of its logins may fail: in
the API, the page's forms and the admin together, counted in the process's cache."""

import math
import time
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

_lock = Lock()  # a request that looks and one that counts may be in two threads


class Allowance(SimpleRateThrottle):
    """So many in a time, of one address or of all; ``scope`` names the rate's setting."""

    scope: str
    duration: int
    timer = time.monotonic  # a wall clock that is set back would refuse for as long

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__()

    def get_rate(self) -> Any:
        return settings.THROTTLE_RATES[self.scope]

    def get_cache_key(self, request: Any, view: Any) -> str:
        sender = "" if self.scope == "writes_all" else quote(client_address(request))[:100]
        return f"throttle_{self.scope}_{sender}"

    def give_back(self) -> None:
        """What this one took does not count."""
        if self.rate and self.now in (history := self.cache.get(self.key, [])):
            history.remove(self.now)
            self.cache.set(self.key, history, self.duration)

    def seconds(self) -> int:
        """Until something is left again."""
        return math.ceil(self.wait() or 1)


class WriteThrottle(BaseThrottle):
    """Both limits of writes; reads are free, and so is a response that is kept for a retry."""

    refused_by: Allowance | None = None

    def allow_request(self, request: Any, view: Any) -> bool:
        if request.method not in SAFE_METHODS:
            self.refused_by = take_write(request)
        return self.refused_by is None or _is_retry(request, view)

    def wait(self) -> float | None:
        return self.refused_by.seconds() if self.refused_by else None


def take(request: Any, *allowances: Allowance) -> Allowance | None:
    """Takes one of each. Where one is used up, returns that and takes nothing of the others: nobody
    alone uses up what all may send."""
    with _lock:
        for number, allowance in enumerate(allowances):
            if not allowance.allow_request(request, None):  # type: ignore[arg-type]
                for taken in allowances[:number]:
                    taken.give_back()
                return allowance
    return None


def take_write(request: Any) -> Allowance | None:
    return take(request, Allowance("writes"), Allowance("writes_all"))


def too_many_requests(request: HttpRequest, allowance: Allowance) -> HttpResponse:
    """The page for 429."""
    context = {"scope": allowance.scope, "seconds": allowance.seconds()}
    response = render(request, "web/throttled.html", context, status=429)
    response.headers["Retry-After"] = str(allowance.seconds())
    return response


def _is_retry(request: Any, view: Any) -> bool:
    """See ``web.idempotency``."""
    is_retry = getattr(getattr(view, request.method.lower(), None), "is_retry", None)
    return bool(is_retry and is_retry(request))


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
