"""What creates the tables of ``web``, for the migrations of the services. It is history, as these
are: a change of a table is a further migration of each service."""

from typing import Any

from django.db import models
from django.db.migrations import CreateModel
from django.utils import timezone


def create_idempotency_key() -> CreateModel:
    fields: list[tuple[str, models.Field[Any, Any]]] = [
        ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
        ("request", models.CharField(max_length=64)),
        ("response", models.TextField()),
        ("event_id", models.UUIDField(null=True)),
        ("created_at", models.DateTimeField(db_index=True, default=timezone.now)),
    ]
    return CreateModel("IdempotencyKey", fields, {"abstract": False})
