from django.db import migrations

from eventstore.tables import time_waypoints, trace


class Migration(migrations.Migration):
    dependencies = [("moderation", "0008_idempotency_keys")]
    operations = [*trace("outbox"), *time_waypoints()]
