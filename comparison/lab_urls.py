"""What the lab's own web processes serve: the monolith's ways, the gateway's, the new service's."""

from django.urls import path

from comparison.history.new_service import control
from comparison.reads.direct import Direct
from comparison.reads.gateway_batched import Batched
from comparison.reads.gateway_parallel import Parallel
from comparison.reads.gateway_sequential import Sequential
from comparison.reads.monolith_join import Joined
from comparison.reads.monolith_loop import Looped

urlpatterns = [
    path("monolith/join/", Joined.as_view()),
    path("monolith/loop/", Looped.as_view()),
    path("gateway/sequential/", Sequential.as_view()),
    path("gateway/parallel/", Parallel.as_view()),
    path("gateway/batched/", Batched.as_view()),
    path("direct/", Direct.as_view()),
    path("new-service/<str:action>/", control),
]
