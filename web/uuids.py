"""UUIDs in addresses, in upper and lower case (RFC 9562): Django's own converter reads lower case
alone."""

from django.urls import register_converter
from django.urls.converters import UUIDConverter


class AnyCaseUUID(UUIDConverter):
    regex = UUIDConverter.regex.replace("a-f", "a-fA-F")


register_converter(AnyCaseUUID, "UUID")
