"""The schema of the API, and Swagger, which reads it to people."""

from typing import Any

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class Schema(SpectacularAPIView):
    """There is one version: what ``?version=`` says would come back in a header, unchecked."""

    def _get_version_parameter(self, request: Any) -> None:
        return None


class Docs(SpectacularSwaggerSplitView):
    """Its script comes from this address too (``?script=``), its style from a file: none of it
    stands in the page."""

    template_name = "web/docs.html"
    url_name = "schema"
