from django.db import migrations, models

VERSION = models.PositiveSmallIntegerField(default=1, db_default=1)


class Migration(migrations.Migration):
    dependencies = [("posts", "0003_revision")]
    operations = [migrations.AddField("outbox", "version", VERSION)]
