from django.db import migrations, models

from eventstore.tables import trace

JOURNEY = models.Index(fields=["correlation_id", "position"], name="event_journey")


class Migration(migrations.Migration):
    dependencies = [("eventstore", "0003_event_version")]
    operations = [
        *trace("event"),
        migrations.AddField("event", "appended_at", models.DateTimeField(null=True)),
        migrations.AddIndex("event", JOURNEY),
    ]
