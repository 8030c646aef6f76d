import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from tests.comparison.snapshots import write  # noqa: E402 - Django has to be there first

write()
