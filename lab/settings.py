"""The settings of the lab's processes: the blog's own, and what experiments need on top.

Chosen by ``DJANGO_SETTINGS_MODULE=lab.settings``, for loopback alone. Web processes count their SQL
statements and apply injected faults; those with all apps also have the comparison's own database
and its addresses.
"""

from django.core.exceptions import ImproperlyConfigured

from config.databases import databases
from config.settings import *  # noqa: F403 - all of them
from config.settings import (
    BASE_DIR,
    DATABASES,
    LOOPBACK_ONLY,
    MIDDLEWARE,
    MONOLITH,
    ROOT_URLCONF,
    VAR_DIR,
)

if not LOOPBACK_ONLY:
    raise ImproperlyConfigured("the lab is for loopback alone: ALLOWED_HOSTS names hosts beyond")

MIDDLEWARE = ["lab.middleware.Lab", *MIDDLEWARE]
if MONOLITH:
    DATABASES = databases([*DATABASES, "comparison"], BASE_DIR, VAR_DIR)
    ROOT_URLCONF = "comparison.lab_urls"
