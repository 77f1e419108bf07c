import django.db.models.deletion
from django.db import migrations, models

from web.content_version import watch


class Migration(migrations.Migration):
    dependencies = [
        ('races', '0014_addresses_of_merged_races'),
        ('web', '0001_content_version'),
    ]

    operations = [
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('upload', models.BinaryField(null=True)),
                ('refused', models.CharField(blank=True, max_length=200)),
                ('file', models.BinaryField(null=True)),
                ('metres', models.PositiveIntegerField(null=True)),
                ('ascent_metres', models.PositiveIntegerField(null=True)),
                ('descent_metres', models.PositiveIntegerField(null=True)),
                ('highest_metres', models.IntegerField(null=True)),
                ('lowest_metres', models.IntegerField(null=True)),
                ('steepest_from', models.PositiveIntegerField(null=True)),
                ('steepest_rise', models.PositiveIntegerField(null=True)),
                ('line', models.JSONField(default=list)),
                ('profile', models.JSONField(default=list)),
                ('waypoints', models.JSONField(default=list)),
                ('distance', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='course', to='races.distance')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('refused', ''), ('upload__isnull', False)), models.Q(('upload', None), models.Q(('file__isnull', False), models.Q(('refused', ''), _negated=True), _connector='OR')), _connector='OR'), name='course_waits_or_is_read_or_refused'), models.CheckConstraint(condition=models.Q(models.Q(('file', None), ('metres', None)), models.Q(('ascent_metres__isnull', False), ('descent_metres__isnull', False), ('file__isnull', False), ('highest_metres__isnull', False), ('lowest_metres__isnull', False), ('lowest_metres__lte', models.F('highest_metres')), ('metres__gt', 0), ('metres__isnull', False)), _connector='OR'), name='course_is_read_whole')],
            },
        ),
        watch("races_course"),
    ]
