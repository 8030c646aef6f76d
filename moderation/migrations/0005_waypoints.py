from django.db import migrations

from eventstore.tables import create_waypoint, place_checkpoint


class Migration(migrations.Migration):
    dependencies = [("moderation", "0004_handled")]
    operations = [create_waypoint("moderation"), *place_checkpoint()]
