import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('glossary', '0007_what_hung_on_a_deleted_term'),
    ]

    operations = [
        migrations.AlterField(
            model_name='term',
            name='changed_on',
            field=models.DateField(default=django.utils.timezone.localdate, help_text='Readers see this date.', verbose_name='last significant change'),
        ),
    ]
