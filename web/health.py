"""Is this process alive, and can it work?"""

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """200: the process lives and answers. It looks at nothing else."""
    return JsonResponse({"status": "ok", "services": settings.SERVICES})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 where every database of this process answers, else 503 with the ones that do not."""
    down = [alias for alias in settings.DATABASES if not _answers(alias)]
    return JsonResponse(
        {"status": "unavailable" if down else "ok", "down": down}, status=503 if down else 200
    )


def _answers(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True
