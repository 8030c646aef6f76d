"""``/api/events/``: the log over HTTP, and the journey of what is in it, for staff."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from eventstore import releases
from eventstore.asyncapi import document
from eventstore.catalogue import subscriptions
from eventstore.contracts import CONTRACTS, UNREADABLE
from eventstore.journey import Did, Hop, Journey, JourneyNotFound, Known, Other, decision_of, find
from eventstore.models import KIND, Event
from eventstore.querystring import StrictQuery, validated_query

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
IDS = {"correlationid": "correlation_id", "subject": "subject"}


class EventSerializer(serializers.ModelSerializer[Event]):
    """An event with the attributes of CloudEvents. ``dataversion`` is the version of the shape of
    ``data``; a reader that knows an earlier one alone must not interpret it."""

    data = serializers.SerializerMethodField()  # type: ignore[assignment]
    correlationid = serializers.CharField(source="correlation_id")
    causationid = serializers.UUIDField(source="causation_id", allow_null=True)
    dataversion = serializers.IntegerField(source="version")

    class Meta:
        model = Event
        attributes = ("position", "id", "source", "type", "subject", "time", "data")
        extensions = ("correlationid", "causationid", "dataversion", "traceparent", "tracestate")
        fields = (*attributes, *extensions)

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
    correlationid = serializers.CharField(max_length=64, required=False)
    subject = serializers.UUIDField(required=False, help_text="The id of a post or a comment.")


class HopSerializer(serializers.Serializer[Hop]):
    """What one service did about one event, ``event``: it published it; or it handled it, and
    ``published`` others. The time is ``measured``, ``derived`` from what was published, or
    ``unknown``."""

    service = serializers.CharField()
    did = serializers.ChoiceField(choices=[each.value for each in Did])
    event = serializers.UUIDField(source="event.id")
    type = serializers.CharField(source="event.type")
    position = serializers.IntegerField(source="event.position")
    subject = serializers.UUIDField(source="event.subject")
    since = serializers.DateTimeField(help_text="When it could begin.")
    at = serializers.DateTimeField(allow_null=True, help_text="When it was done, or set aside.")
    seconds = serializers.SerializerMethodField()
    known = serializers.ChoiceField(choices=[each.value for each in Known])
    attempts = serializers.IntegerField(help_text="How many failed.")
    error = serializers.CharField(allow_blank=True)
    decision = serializers.SerializerMethodField()
    published = serializers.SerializerMethodField()

    def get_seconds(self, hop: Hop) -> float | None:
        return hop.took.total_seconds() if hop.took is not None else None

    def get_decision(self, hop: Hop) -> dict[str, str]:
        """``status``, ``reason`` and ``decided_by``, as far as the event has them."""
        return decision_of(hop.event)

    def get_published(self, hop: Hop) -> list[UUID]:
        """The events' ids."""
        return [event.id for event in hop.published]


class OtherSerializer(serializers.Serializer[Other]):
    """Another journey about the same post or comment: its first event."""

    correlationid = serializers.CharField(source="correlation_id")
    type = serializers.CharField()
    time = serializers.DateTimeField()


class JourneySerializer(serializers.Serializer[Journey]):
    """Every event of one correlation, and what each service did about it. ``after`` is the position
    after which the rest begins, if there is more."""

    correlationid = serializers.CharField(source="correlation_id")
    traceids = serializers.ListField(child=serializers.CharField(), source="trace_ids")
    begun = serializers.DateTimeField(source="begun.time")
    subject = serializers.UUIDField(source="begun.subject")
    seconds = serializers.SerializerMethodField()
    hops = HopSerializer(many=True)
    others = OtherSerializer(many=True)
    after = serializers.IntegerField(source="next", allow_null=True)

    def get_seconds(self, journey: Journey) -> float | None:
        """Until all of it was done; null while something is to come."""
        return journey.took.total_seconds() if journey.took is not None else None


class JourneyQuery(serializers.Serializer[Any]):
    of = serializers.CharField(
        min_length=1,
        max_length=64,
        trim_whitespace=False,  # spaces alone are no id, and not found
        help_text="The id of an event, a comment, a post or a correlation.",
    )
    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="A position: only events after it."
    )


class PageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EventSerializer(many=True)


class EventList(StrictQuery, generics.GenericAPIView[Event]):
    """The stored events in order: ``{"next", "previous", "results"}``."""

    queryset = Event.objects.all()
    serializer_class = EventSerializer
    permission_classes = (IsAdminUser,)
    pagination_class = None
    filter_backends = ()
    query_names = frozenset({"after", "limit", "type", *IDS})

    @extend_schema(
        operation_id="events_list",
        summary="Read the log",
        responses=PageSerializer,
        parameters=[EventQuery],
    )
    def get(self, request: Request) -> Response:
        query = validated_query(request, EventQuery)
        query["limit"] = min(query["limit"], MAX_LIMIT)
        page = list(_events(query)[: query["limit"]])
        following = None
        if len(page) == query["limit"]:
            parameters = urlencode({**query, "after": page[-1].position})
            following = request.build_absolute_uri(f"{request.path}?{parameters}")
        results = self.get_serializer(page, many=True).data
        return Response({"next": following, "previous": None, "results": results})


def _events(query: dict[str, Any]) -> QuerySet[Event]:
    """Those that the query wants, along one index."""
    found = Event.objects.filter(position__gt=query["after"])
    ids = {of: query[name] for name, of in IDS.items() if name in query}
    if ids and "type" in query:
        return found.alias(kind=KIND).filter(kind=query["type"], **ids)
    return found.filter(**ids, **({"type": query["type"]} if "type" in query else {}))


class JourneyView(StrictQuery, generics.GenericAPIView[Any]):
    """What each service did about all events of one correlation, and when."""

    queryset = Event.objects.all()
    serializer_class = JourneySerializer
    permission_classes = (IsAdminUser,)
    pagination_class = None
    filter_backends = ()
    query_names = frozenset({"of", "after"})

    @extend_schema(
        operation_id="journey",
        summary="Follow a comment through the services",
        responses=JourneySerializer,
        parameters=[JourneyQuery],
    )
    def get(self, request: Request) -> Response:
        query = validated_query(request, JourneyQuery)
        try:
            found = find(query["of"].strip(), query["after"])
        except JourneyNotFound as error:
            raise NotFound from error
        return Response(self.get_serializer(found).data)


class AsyncAPI(StrictQuery, APIView):
    """Every event as an AsyncAPI 3.0 document; for people, it is the catalogue."""

    permission_classes = (AllowAny,)

    @extend_schema(exclude=True)  # as the schema of the API itself
    def get(self, request: Request) -> Response:
        consumed, _ = subscriptions()
        return Response(document(consumed, releases.read()))


app_name = "eventstore"
urlpatterns = [
    path("api/asyncapi.json", AsyncAPI.as_view(), name="asyncapi"),
    path("api/events/", EventList.as_view(), name="events"),
    path("api/events/journey/", JourneyView.as_view(), name="journey"),
]
