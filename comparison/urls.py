"""The addresses of the comparison's page."""

from django.urls import include, path

from comparison import page

pages = [
    path("", page.page, name="page"),
    path("results.json", page.numbers, name="numbers"),
]
urlpatterns = [path("comparison/", include((pages, "comparison")))]
