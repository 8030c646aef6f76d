"""What runs in the measured processes, with Django. They report lines of JSON."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
