"""Where the services are reached. They may share an origin or have one each. ``{host}`` in a
service's URL becomes the host name that the browser used: cookies know hosts, not ports."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest


def service_url(service: str, request: HttpRequest) -> str:
    """The base of a service's addresses; empty where it is the request's own origin."""
    template: str = settings.SERVICE_URLS[service]
    return template.replace("{host}", _host(request)) if "{host}" in template else template


def service_urls(request: HttpRequest) -> dict[str, str]:
    return {service: service_url(service, request) for service in settings.ALL_SERVICES}


def absolute_url(request: HttpRequest, path: str, service: str = "query") -> str:
    """Of a path of this service, for what is read elsewhere: feeds, search engines."""
    base = service_url(service, request)
    return f"{base}{path}" if base else request.build_absolute_uri(path)


def site(service: str) -> str:
    """The base of a service's addresses in what is sent without a request, as an e-mail. Where none
    is configured, it is on the first host that is no pattern, and not this machine."""
    names = [name for name in settings.ALLOWED_HOSTS if not name.startswith((".", "*"))]
    public = [name for name in names if name not in ("localhost", "127.0.0.1", "[::1]")]
    host = (public or ["127.0.0.1"])[0]
    if url := settings.SERVICE_URLS[service]:
        return str(url).replace("{host}", host)
    if not public:
        return f"http://{host}:{settings.PORT}"
    return f"{'https' if settings.TLS else 'http'}://{host}"


def services(request: HttpRequest) -> dict[str, Any]:
    """For templates: ``posts_url`` and the like; ``service_urls``, by name."""
    urls = service_urls(request)
    return {"service_urls": urls, **{f"{service}_url": url for service, url in urls.items()}}


def origin(url: str) -> str:
    """A URL's origin as a policy's source; of IPv6, which that cannot name, the scheme."""
    parts = urlsplit(url)
    return f"{parts.scheme}:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"


def _host(request: HttpRequest) -> str:
    try:
        host = urlsplit(f"//{request.get_host()}").hostname or "localhost"
    except DisallowedHost:  # the error page has links too
        return "localhost"
    return f"[{host}]" if ":" in host else host


def origins(urls: Iterable[str], hosts: Iterable[str]) -> list[str]:
    """The origins (scheme, host, port) that these URLs may stand for, for the CSRF check."""
    names = [host for host in hosts if not host.startswith((".", "*"))]
    filled = {url.replace("{host}", name) for url in urls if url for name in names}
    return sorted(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, filled))
