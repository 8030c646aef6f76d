"""Swagger, which reads the schema to people."""

from drf_spectacular.views import SpectacularSwaggerSplitView


class Docs(SpectacularSwaggerSplitView):
    """Its script comes from this address too (``?script=``), its style from a file: none of it
    stands in the page."""

    template_name = "web/docs.html"
    url_name = "schema"
