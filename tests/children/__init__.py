"""Programs that tests start as processes of their own, ready to use the services."""

import django

django.setup()
