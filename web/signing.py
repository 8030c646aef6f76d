"""The signature of what is sent to a webhook, by the specification "Standard Webhooks": a receiver
in any language has a library that verifies it, and an example is in docs/moderation.md."""

import base64
import hmac

PREFIX = "whsec_"  # of a secret in base64; any other is taken as it is


def sign(secret: str, call_id: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in base64. The ``timestamp`` (seconds)
    and the id are sent along: a receiver refuses what is old, and an id that it has had."""
    signed = f"{call_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()


def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for. Raises ValueError for base64 that is none."""
    if secret.startswith(PREFIX):
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return secret.encode()
