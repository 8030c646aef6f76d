import uuid

from django.db import migrations, models

from posts.models import RandomUUID

REVISION = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)


class Migration(migrations.Migration):
    dependencies = [("posts", "0002_longest_body")]
    operations = [migrations.AddField("post", "revision", REVISION)]
