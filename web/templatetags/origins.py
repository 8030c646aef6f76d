"""Where a service is reached, in a template."""

from typing import Any

from django import template
from django.conf import settings

from web import origins

register = template.Library()


@register.simple_tag(takes_context=True)
def service_url(context: Any, service: str) -> str:
    """The base of its addresses; empty where it is the page's own origin, or no service of ours."""
    known = service in settings.ALL_SERVICES
    return origins.service_url(service, context["request"]) if known else ""
