from django.db import migrations, models

VERSION = models.PositiveSmallIntegerField(default=1, db_default=1)


class Migration(migrations.Migration):
    dependencies = [("eventstore", "0002_subscription_types")]
    operations = [migrations.AddField("event", "version", VERSION)]
