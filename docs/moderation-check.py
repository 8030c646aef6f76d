"""An external check to begin with: holds what has a link, and approves all else.

CHECK_SECRET=… python3 docs/moderation-check.py, and MODERATION_CHECK_URL=http://127.0.0.1:8900/
with the same MODERATION_CHECK_SECRET for the blog."""

import base64
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = os.environ["CHECK_SECRET"]
PORT = int(os.environ.get("CHECK_PORT", "8900"))
MAX_AGE_SECONDS = 300


def decide(comment: dict[str, Any]) -> dict[str, str]:
    """This is yours to write."""
    if comment["links"]:
        return {"decision": "hold", "reason": "it has a link"}
    return {"decision": "approve"}


def is_signed(headers: Any, body: bytes) -> bool:
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET[6:]) if SECRET.startswith("whsec_") else SECRET.encode()
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    is_same = hmac.compare_digest(expected, headers["webhook-signature"] or "")
    return is_same and abs(time.time() - int(headers["webhook-timestamp"])) < MAX_AGE_SECONDS


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not is_signed(self.headers, body):
            self.send_error(401)
            return
        answer = json.dumps(decide(json.loads(body)["data"])).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
