"""Where the limits come from, and what cannot be one."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import throttle_rates

READ = {
    "nothing": ({}, ("60/min", "600/min", "10/min")),
    "ten times as much for all": ({"THROTTLE_WRITES": "7/s"}, ("7/s", "70/s", "10/min")),
    "none": ({"THROTTLE_WRITES": ""}, (None, None, "10/min")),
    "none but for all": (
        {"THROTTLE_WRITES": "", "THROTTLE_WRITES_ALL": "9/s"},
        (None, "9/s", "10/min"),
    ),
    "none for all": ({"THROTTLE_WRITES_ALL": ""}, ("60/min", None, "10/min")),
    "any number of logins": ({"THROTTLE_LOGINS": ""}, ("60/min", "600/min", None)),
}
NAMES = ["THROTTLE_WRITES", "THROTTLE_WRITES_ALL", "THROTTLE_LOGINS"]


@pytest.mark.parametrize(("given", "rates"), READ.values(), ids=READ)
def test_the_limits_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], rates: tuple[str | None, ...]
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert tuple(throttle_rates().values()) == rates


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", ["60", "60/fortnight", "0/min", "x"])
def test_a_limit_that_cannot_be_read_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, rate: str
) -> None:
    monkeypatch.setenv(name, rate)
    with pytest.raises(ImproperlyConfigured, match=f"{name} is like 60/min, not '{rate}'"):
        throttle_rates()
