from django.db import migrations, models

OF_TYPE = models.Index(fields=["type", "position"], name="event_of_type")


class Migration(migrations.Migration):
    dependencies = [("eventstore", "0005_pause")]
    operations = [migrations.AddIndex("event", OF_TYPE)]
