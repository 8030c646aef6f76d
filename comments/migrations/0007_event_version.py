from django.db import migrations, models

VERSION = models.PositiveSmallIntegerField(default=1, db_default=1)


class Migration(migrations.Migration):
    dependencies = [("comments", "0006_parents")]
    operations = [migrations.AddField("outbox", "version", VERSION)]
