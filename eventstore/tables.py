"""What creates the tables of ``messaging``, for the first migrations of the services.

It is history, as these migrations are: a change of a table is a further migration of each service.
"""

from typing import Any

from django.db import models
from django.db.migrations import CreateModel
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
