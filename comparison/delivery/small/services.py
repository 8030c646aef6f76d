"""Which small services there are."""

from pathlib import Path

from comparison.delivery.small.comments import Comments
from comparison.delivery.small.moderation import Moderation
from comparison.delivery.small.newcomer import Newcomer
from comparison.delivery.small.service import Service

SERVICES: dict[str, type[Service]] = {
    service.name: service for service in (Comments, Moderation, Newcomer)
}


def service_of(name: str, folder: str) -> Service:
    """The service of this name, with its database in ``folder``."""
    return SERVICES[name](Path(folder))
