from django.db import migrations

from eventstore.tables import create_parked_event


class Migration(migrations.Migration):
    dependencies = [("moderation", "0002_orange")]
    operations = [create_parked_event("moderation")]
