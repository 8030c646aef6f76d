from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comments", "0002_parked_events")]
    operations = [migrations.AddField("checkpoint", "handled", models.BigIntegerField(default=0))]
