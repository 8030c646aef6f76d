from django.db import migrations, models

BY_TERM = models.Index(fields=["matched_term", "created_at"], name="reviews_by_term")
BY_DECISION = models.Index(fields=["decided_at", "comment_id"], name="reviews_by_decision")


class Migration(migrations.Migration):
    dependencies = [("moderation", "0014_checks")]
    operations = [
        migrations.AddIndex("review", BY_TERM),
        migrations.AddIndex("review", BY_DECISION),
    ]
