from django.db import migrations

from eventstore.tables import time_waypoints, trace


class Migration(migrations.Migration):
    dependencies = [("comments", "0010_continuations")]
    operations = [*trace("outbox", "continuation"), *time_waypoints()]
