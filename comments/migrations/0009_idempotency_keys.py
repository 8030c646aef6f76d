from django.db import migrations

from web.tables import create_idempotency_key


class Migration(migrations.Migration):
    dependencies = [("comments", "0008_retries")]
    operations = [create_idempotency_key()]
