"""Which methods an address accepts: a mark that ``web.middleware.AllowedMethods`` enforces."""

from collections.abc import Callable

from django.http import HttpResponseBase

View = Callable[..., HttpResponseBase]


def only(*methods: str) -> Callable[[View], View]:
    """A decorator: the view accepts these methods alone. Any other is 405, whoever sends it."""

    def mark(view: View) -> View:
        view.__dict__["allowed_methods"] = methods
        return view

    return mark


read_only = only("GET", "HEAD")
