from django.db import migrations

from eventstore.tables import retry_parked_events


class Migration(migrations.Migration):
    dependencies = [("query", "0004_waypoints")]
    operations = retry_parked_events("query")
