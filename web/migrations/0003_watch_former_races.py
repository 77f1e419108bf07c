from django.db import migrations

from web.content_version import watch


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0002_rate_limits"),
        ("races", "0005_versions_and_former_addresses"),
    ]
    operations = [watch("races_formeraddress")]
