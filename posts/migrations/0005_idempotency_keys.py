from django.db import migrations

from web.tables import create_idempotency_key


class Migration(migrations.Migration):
    dependencies = [("posts", "0004_event_version")]
    operations = [create_idempotency_key()]
