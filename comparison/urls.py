"""The comparison's page; in the lab's processes, the ways to build the blog's page as well."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from comparison import page

pages = [
    path("", page.page, name="page"),
    path("results.json", page.numbers, name="numbers"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("comparison/", include((pages, "comparison"))),
    *([path("lab/", include("comparison.lab_urls"))] if settings.LAB and settings.MONOLITH else []),
]
