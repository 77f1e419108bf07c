from django.db import migrations, models

import races.models.races


class Migration(migrations.Migration):

    dependencies = [
        ('races', '0007_expected_days'),
    ]

    operations = [
        migrations.AddField(
            model_name='race',
            name='sources',
            field=models.JSONField(blank=True, default=list, editable=False, validators=[races.models.races.validate_sources]),
        ),
    ]
