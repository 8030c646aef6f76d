from django.db import migrations

from eventstore.tables import retry_parked_events


class Migration(migrations.Migration):
    dependencies = [("comments", "0007_event_version")]
    operations = retry_parked_events("comments")
