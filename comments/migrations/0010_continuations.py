from django.db import migrations

from eventstore.tables import create_continuation


class Migration(migrations.Migration):
    dependencies = [("comments", "0009_idempotency_keys")]
    operations = [create_continuation("comments")]
