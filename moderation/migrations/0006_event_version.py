from django.db import migrations, models

VERSION = models.PositiveSmallIntegerField(default=1, db_default=1)


class Migration(migrations.Migration):
    dependencies = [("moderation", "0005_waypoints")]
    operations = [migrations.AddField("outbox", "version", VERSION)]
