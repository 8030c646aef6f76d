from django.db import migrations

from eventstore.tables import create_waypoint, place_checkpoint


class Migration(migrations.Migration):
    dependencies = [("comments", "0004_longest_content")]
    operations = [create_waypoint("comments"), *place_checkpoint()]
