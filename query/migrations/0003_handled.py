from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("query", "0002_parked_events")]
    operations = [migrations.AddField("checkpoint", "handled", models.BigIntegerField(default=0))]
