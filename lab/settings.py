"""The settings of the lab's processes: the blog's own, and what experiments need on top.

Chosen by ``DJANGO_SETTINGS_MODULE=lab.settings``, for loopback alone. Web processes count their SQL
statements and apply injected faults; those with all apps also have the comparison's own database
and its addresses.
"""

from django.core.exceptions import ImproperlyConfigured

from config import settings as blog
from config.databases import databases
from config.settings import *  # noqa: F403 - all of them

if not blog.LOOPBACK_ONLY:
    raise ImproperlyConfigured("the lab is for loopback alone: ALLOWED_HOSTS names hosts beyond")

REMEMBERED_BYTES = 0  # every request comes through the middleware
MIDDLEWARE = ["lab.faults.Middleware", *blog.MIDDLEWARE]
if blog.MONOLITH:
    DATABASES = databases([*blog.DATABASES, "comparison"], blog.WORK_DIR, blog.VAR_DIR)
    ROOT_URLCONF = "comparison.lab_urls"
