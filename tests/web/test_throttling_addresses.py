"""Whose a request is, so that it is counted with theirs."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import RequestFactory

from web.throttling import client_address

ADDRESSES: dict[str, tuple[int, dict[str, str], str]] = {
    "no proxy is trusted": (0, {"HTTP_X_FORWARDED_FOR": "6.6.6.6"}, "10.0.0.9"),
    "a proxy": (1, {"HTTP_X_FORWARDED_FOR": "1.1.1.1"}, "1.1.1.1"),
    "what the client made up": (1, {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 1.1.1.1"}, "1.1.1.1"),
    "two proxies": (2, {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 1.1.1.1, 10.0.0.8"}, "1.1.1.1"),
    "a proxy that says nothing": (1, {}, "10.0.0.9"),
    "a network": (1, {"HTTP_X_FORWARDED_FOR": "2001:db8:1:2:3::4"}, "20010db800010002::/64"),
    "IPv4 in IPv6": (1, {"HTTP_X_FORWARDED_FOR": "::ffff:1.1.1.1"}, "1.1.1.1"),
    "no address": (1, {"HTTP_X_FORWARDED_FOR": "1.1.1.1:80"}, "1.1.1.1:80"),
    "nothing at all": (0, {"REMOTE_ADDR": ""}, "unknown"),
}


@pytest.mark.parametrize(("proxies", "given", "is_of"), ADDRESSES.values(), ids=ADDRESSES)
def test_whose_a_request_is(
    settings: LazySettings, proxies: int, given: dict[str, Any], is_of: str
) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}
    assert client_address(RequestFactory(REMOTE_ADDR="10.0.0.9").post("/", **given)) == is_of
