"""``/api/events/``: the log over HTTP, for staff."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from eventstore.contracts import CONTRACTS, UNREADABLE
from eventstore.models import Event
from eventstore.querystring import validated_query

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000


class EventSerializer(serializers.ModelSerializer[Event]):
    """An event with the attributes of CloudEvents."""

    data = serializers.SerializerMethodField()  # type: ignore[assignment]
    correlationid = serializers.CharField(source="correlation_id")
    causationid = serializers.UUIDField(source="causation_id", allow_null=True)

    class Meta:
        model = Event
        attributes = ("position", "id", "source", "type", "subject", "time", "data")
        fields = (*attributes, "correlationid", "causationid")

    def get_data(self, event: Event) -> dict[str, Any] | str:
        """The attributes; the text as it is if no contract could have written it."""
        try:
            return msgspec.json.decode(event.data, type=dict[str, str | int | float | bool | None])
        except UNREADABLE:
            return event.data


class EventQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="A position: only events after it."
    )
    limit = serializers.IntegerField(
        min_value=1, default=DEFAULT_LIMIT, help_text=f"How many, {MAX_LIMIT} at most."
    )
    type = serializers.ChoiceField(choices=sorted(CONTRACTS), required=False)


class PageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EventSerializer(many=True)


class EventList(generics.GenericAPIView[Event]):
    """The stored events in order: ``{"next", "previous", "results"}``."""

    queryset = Event.objects.all()
    serializer_class = EventSerializer
    permission_classes = (IsAdminUser,)
    pagination_class = None
    filter_backends = ()

    @extend_schema(operation_id="events_list", responses=PageSerializer, parameters=[EventQuery])
    def get(self, request: Request) -> Response:
        query = validated_query(request, EventQuery)
        query["limit"] = min(query["limit"], MAX_LIMIT)
        events = self.get_queryset().filter(position__gt=query["after"])
        if "type" in query:
            events = events.filter(type=query["type"])
        page = list(events[: query["limit"]])
        following = None
        if len(page) == query["limit"]:
            parameters = urlencode({**query, "after": page[-1].position})
            following = request.build_absolute_uri(f"{request.path}?{parameters}")
        results = self.get_serializer(page, many=True).data
        return Response({"next": following, "previous": None, "results": results})


app_name = "eventstore"
urlpatterns = [path("api/events/", EventList.as_view(), name="events")]
