from django.db import migrations

from eventstore.tables import create_parked_event


class Migration(migrations.Migration):
    dependencies = [("query", "0001_initial")]
    operations = [create_parked_event("query")]
