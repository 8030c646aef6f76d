"""What the lab's web processes serve beside the blog: the monolith, the gateway, direct reads, and
the new service that gets its history."""

from django.urls import include, path

from comparison.history.new_service import control
from comparison.reads import views
from config.urls import handler400 as handler400
from config.urls import handler403 as handler403
from config.urls import handler404 as handler404
from config.urls import handler500 as handler500
from config.urls import urlpatterns as blog_urls

PARALLEL_CALLS = 8  # what a web process of the blog responds to at once

LAB_URLS = [
    path("monolith/join/", views.MonolithJoin.as_view()),
    path("monolith/loop/", views.MonolithLoop.as_view()),
    path("gateway/sequential/", views.Gateway.as_view(calls_at_a_time=1)),
    path("gateway/parallel/", views.Gateway.as_view(calls_at_a_time=PARALLEL_CALLS)),
    path("gateway/batched/", views.Gateway.as_view()),
    path("direct/", views.Direct.as_view()),
    path("new-service/<str:action>/", control),
]

urlpatterns = [path("lab/", include(LAB_URLS)), *blog_urls]
