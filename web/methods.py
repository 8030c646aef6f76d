"""Marks of views that ``web.middleware`` enforces: which methods an address accepts, and whether
its page shows images from other origins."""

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


def shows_images(view: View) -> View:
    """A decorator: the page shows posts with their images, which may be anywhere."""
    view.__dict__["shows_images"] = True
    return view
