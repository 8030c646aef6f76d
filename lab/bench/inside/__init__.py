"""What runs in the processes that are measured. They have Django, and say lines of JSON."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
