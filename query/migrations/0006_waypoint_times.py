from django.db import migrations

from eventstore.tables import time_waypoints


class Migration(migrations.Migration):
    dependencies = [("query", "0005_retries")]
    operations = time_waypoints()
