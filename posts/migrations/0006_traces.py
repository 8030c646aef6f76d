from django.db import migrations

from eventstore.tables import trace


class Migration(migrations.Migration):
    dependencies = [("posts", "0005_idempotency_keys")]
    operations = trace("outbox")
