"""``posting POST``: sends a comment on this post to the API. Tells the status and the headers."""

import sys

from django.test import Client

from tests.children import tell

answer = Client().post(
    f"/api/posts/{sys.argv[1]}/comments/",
    {"author": "Ann", "content": "A kind word"},
    content_type="application/json",
)
tell([answer.status_code, dict(answer.headers)])
