from django.urls import path
from django.views.generic import RedirectView

from web import health, metrics
from web.docs import Docs, Schema
from web.icon import icon
from web.methods import read_only

urlpatterns = [
    path("healthz", read_only(health.healthz), name="healthz"),
    path("readyz", read_only(health.readyz), name="readyz"),
    path("metrics", read_only(metrics.metrics), name="metrics"),
    path("favicon.ico", icon, name="icon"),
    path("api/", read_only(RedirectView.as_view(pattern_name="docs")), name="api"),
    path("api/schema/", Schema.as_view(), name="schema"),
    path("api/docs/", read_only(Docs.as_view()), name="docs"),
]
