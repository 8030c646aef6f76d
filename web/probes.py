"""What a machine asks a process comes over plain HTTP, by whatever address that has, as a pod's. So
probes need no Host and no TLS; everything else does."""

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware


class Common(CommonMiddleware):
    """Django's, which refuses a Host that is not ours; but not of a probe."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        is_probe = request.path_info.removeprefix("/") in settings.PROBES
        return None if is_probe else super().process_request(request)
