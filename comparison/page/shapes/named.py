"""What has a name in the file and a title for people: a way, an outage, a scenario."""

import msgspec


class Named(msgspec.Struct, frozen=True):
    name: str
    title: str
