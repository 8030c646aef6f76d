from django.db import migrations

from eventstore.tables import retry_parked_events


class Migration(migrations.Migration):
    dependencies = [("moderation", "0006_event_version")]
    operations = retry_parked_events("moderation")
