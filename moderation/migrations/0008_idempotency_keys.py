from django.db import migrations

from web.tables import create_idempotency_key


class Migration(migrations.Migration):
    dependencies = [("moderation", "0007_retries")]
    operations = [create_idempotency_key()]
