"""Each service has one queue. It is called like the service, behind ``QUEUE_PREFIX``: with
one of their own, several installations can share a broker."""

from django.conf import settings


def queue_of(service: str) -> str:
    return f"{settings.QUEUE_PREFIX}{service}"


def service_of(queue: str) -> str:
    return queue.removeprefix(settings.QUEUE_PREFIX)
