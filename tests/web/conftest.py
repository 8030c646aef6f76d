"""Fixtures of the web's tests."""

from tests.web.served import connection as connection
from tests.web.served import served as served
