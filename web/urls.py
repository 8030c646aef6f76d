from django.urls import path
from django.views.generic import RedirectView

from web import health, metrics
from web.docs import Docs, Schema
from web.methods import only

read = only("GET", "HEAD")

urlpatterns = [
    path("healthz", read(health.healthz), name="healthz"),
    path("readyz", read(health.readyz), name="readyz"),
    path("metrics", read(metrics.metrics), name="metrics"),
    path("api/", read(RedirectView.as_view(pattern_name="docs")), name="api"),
    path("api/schema/", Schema.as_view(), name="schema"),
    path("api/docs/", read(Docs.as_view()), name="docs"),
]
