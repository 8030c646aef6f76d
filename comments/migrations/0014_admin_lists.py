from django.db import migrations, models

BY_TIME = models.Index(fields=["created_at", "id"], name="comment_by_time")
OF_STATUS = models.Index(fields=["status", "created_at", "id"], name="comment_of_status")


class Migration(migrations.Migration):
    dependencies = [("comments", "0013_threads")]
    operations = [
        migrations.AddIndex("comment", BY_TIME),
        migrations.AddIndex("comment", OF_STATUS),
    ]
