"""What runs in a process with Django, on the run's databases, and says lines of JSON."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
