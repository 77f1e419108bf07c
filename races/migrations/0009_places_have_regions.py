from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('races', '0008_race_sources'),
    ]

    operations = [
        migrations.AddField(
            model_name='place',
            name='region',
            field=models.CharField(blank=True, default='', max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='place',
            name='is_shadowed',
            field=models.BooleanField(default=False),
        ),
    ]
