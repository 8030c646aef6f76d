"""The addresses of the services that this process is."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("web.urls")),
    path("", include("eventstore.api")),
    *(path("", include(f"{service}.urls")) for service in settings.SERVICES),
    # The process that serves the page serves the comparison's, too: that needs no database.
    *([path("", include("comparison.page"))] if "query" in settings.SERVICES else []),
]

handler400 = "web.errors.bad_request"
handler403 = "web.errors.forbidden"
handler404 = "web.errors.not_found"
handler500 = "web.errors.server_error"
