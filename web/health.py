"""Is this process alive, and can it work?"""

from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, JsonResponse

from eventstore.consumer import consumers
from eventstore.lag import Lag


def healthz(request: HttpRequest) -> JsonResponse:
    """200: the process lives and answers. It looks at nothing else."""
    return JsonResponse({"status": "ok", "services": settings.SERVICES})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 where every database of this process answers, and no consumer of its services is more
    than ``READY_LAG_SECONDS`` behind; else 503 with ``down``, the databases, and ``behind``, the
    consumers and their lag in seconds."""
    down = [alias for alias in databases() if not alive(alias)]
    behind = {} if down else _behind()
    report: dict[str, Any] = {"status": "ok", "down": down, "behind": behind}
    if down or behind:
        report["status"] = "unavailable"
    return JsonResponse(report, status=503 if down or behind else 200)


def databases() -> list[str]:
    """The aliases that this process opens."""
    return list(settings.DATABASES)


def alive(alias: str) -> bool:
    """The database answers, and was made ready: one that was created anew has no tables yet."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations WHERE 1 = 0")
    except Error:
        return False
    return True


def _behind() -> dict[str, float]:
    limit = settings.READY_LAG_SECONDS
    lags = {name: Lag.of(consumer).seconds for name, consumer in consumers().items()}
    return {name: round(lag, 1) for name, lag in lags.items() if limit and lag > limit}
