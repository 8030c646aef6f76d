from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0003_parked_events")]
    operations = [migrations.AddField("checkpoint", "handled", models.BigIntegerField(default=0))]
