from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comments", "0005_waypoints")]
    operations = [
        migrations.AddField("comment", "parent_id", models.UUIDField(editable=False, null=True)),
    ]
