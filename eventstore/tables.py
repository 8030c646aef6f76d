"""What creates the tables of ``messaging``, for the first migrations of the services.

It is history, as these migrations are: a change of a table is a further migration of each service.
"""

from typing import Any

from django.db import models
from django.db.migrations import AddField, AddIndex, CreateModel
from django.utils import timezone

Fields = list[tuple[str, models.Field[Any, Any]]]
PARKED_STATES = [
    ("parked", "parked: it failed"),
    ("waiting", "waiting behind a parked one"),
    ("discarded", "discarded by a person"),
]


def create_checkpoint() -> CreateModel:
    fields: Fields = [
        ("consumer", models.CharField(max_length=64, primary_key=True, serialize=False)),
        ("position", models.BigIntegerField(default=0)),
        ("updated_at", models.DateTimeField(auto_now=True)),
    ]
    return CreateModel("Checkpoint", fields, {"abstract": False})


def create_outbox() -> CreateModel:
    fields: Fields = [
        ("sequence", models.BigAutoField(primary_key=True, serialize=False)),
        ("id", models.UUIDField()),
        ("type", models.CharField(max_length=64)),
        ("source", models.CharField(max_length=64)),
        ("subject", models.UUIDField()),
        ("time", models.DateTimeField()),
        ("data", models.TextField()),
        ("correlation_id", models.CharField(max_length=64)),
        ("causation_id", models.UUIDField(null=True)),
    ]
    return CreateModel("Outbox", fields, {"verbose_name_plural": "outbox", "abstract": False})


def create_parked_event(service: str) -> CreateModel:
    key = models.BigAutoField("ID", auto_created=True, primary_key=True, serialize=False)
    once = models.UniqueConstraint(fields=("consumer", "position"), name=f"{service}_parked_once")
    fields: Fields = [
        ("id", key),
        ("consumer", models.CharField(max_length=64)),
        ("position", models.BigIntegerField()),
        ("event_id", models.UUIDField()),
        ("type", models.CharField(max_length=64)),
        ("key", models.UUIDField()),
        ("state", models.CharField(choices=PARKED_STATES, db_index=True, max_length=9)),
        ("attempts", models.PositiveIntegerField(default=0)),
        ("error", models.CharField(blank=True, max_length=500)),
        ("traceback", models.TextField(blank=True)),
        ("parked_at", models.DateTimeField(default=timezone.now)),
        ("discarded_by", models.CharField(blank=True, max_length=150)),
        ("reason", models.CharField(blank=True, max_length=200)),
    ]
    options = {"ordering": ("position",), "abstract": False, "constraints": [once]}
    return CreateModel("ParkedEvent", fields, options)


def create_waypoint(service: str) -> CreateModel:
    key = models.BigAutoField("ID", auto_created=True, primary_key=True, serialize=False)
    place = models.Index(fields=["consumer", "position"], name=f"{service}_waypoint_place")
    fields: Fields = [
        ("id", key),
        ("consumer", models.CharField(max_length=64)),
        ("position", models.BigIntegerField()),
        ("event_id", models.UUIDField()),
        ("handled", models.BinaryField(null=True)),
        ("is_lost", models.BooleanField(default=False)),
    ]
    return CreateModel("Waypoint", fields, {"abstract": False, "indexes": [place]})


def place_checkpoint() -> list[AddField]:
    """The checkpoint's place in the log, in columns that an older program need not write."""
    return [
        AddField("checkpoint", "event_id", models.UUIDField(null=True)),
        AddField("checkpoint", "event_position", models.BigIntegerField(default=0, db_default=0)),
        AddField("checkpoint", "has_lost", models.BooleanField(default=False, db_default=False)),
    ]


def retry_parked_events(service: str) -> list[AddField | AddIndex]:
    """Which parked events are to be retried, in columns that an older program need not write."""
    by = models.CharField(max_length=150, blank=True, default="", db_default="")
    of_key = models.Index(fields=["key", "position"], name=f"{service}_parked_of_key")
    return [
        AddField("parkedevent", "retry_at", models.DateTimeField(null=True, blank=True)),
        AddField("parkedevent", "retry_by", by),
        AddIndex("parkedevent", of_key),
    ]


def create_continuation(service: str) -> CreateModel:
    key = models.BigAutoField("ID", auto_created=True, primary_key=True, serialize=False)
    once = models.UniqueConstraint(
        fields=("consumer", "event_id"), name=f"{service}_continued_once"
    )
    fields: Fields = [
        ("id", key),
        ("consumer", models.CharField(max_length=64)),
        ("position", models.BigIntegerField()),
        ("event_id", models.UUIDField()),
        ("type", models.CharField(max_length=64)),
        ("subject", models.UUIDField()),
        ("key", models.UUIDField()),
        ("data", models.TextField()),
        ("version", models.PositiveSmallIntegerField()),
        ("correlation_id", models.CharField(max_length=64)),
        ("begun_at", models.DateTimeField(default=timezone.now)),
    ]
    options = {"ordering": ("position",), "abstract": False, "constraints": [once]}
    return CreateModel("Continuation", fields, options)


def trace(*models_: str) -> list[AddField]:
    """Where in a trace each event belongs. Nullable, so that no row is copied to add them."""
    lengths = {"traceparent": 55, "tracestate": 512}
    return [
        AddField(model, name, models.CharField(max_length=length, null=True))
        for model in models_
        for name, length in lengths.items()
    ]


def time_waypoints() -> list[AddField]:
    """When a consumer reached each waypoint, and which parked events it handled on the way."""
    return [
        AddField("waypoint", "reached_at", models.DateTimeField(null=True)),
        AddField("waypoint", "retried", models.JSONField(null=True)),
    ]
