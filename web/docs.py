"""The schema of the API, and Swagger, which reads it to people."""

from typing import Any

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response


class Schema(SpectacularAPIView):
    """There is one version: what ``?version=`` says would come back in a header, unchecked."""

    def _get_version_parameter(self, request: Any) -> None:
        return None

    def handle_exception(self, exc: Exception) -> Response:
        """An error is no schema: it comes as JSON, as all errors do."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return response


class Docs(SpectacularSwaggerSplitView):
    """Its script comes from this address too (``?script=``), its style from a file: none of it
    stands in the page."""

    template_name = "web/docs.html"
    url_name = "schema"
