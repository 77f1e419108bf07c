from typing import Any

from django.db import migrations, models
from django.db.models import F, Q


def work_out(apps: Any, schema_editor: Any) -> None:
    """For the editions that stand. No rule is written down here a second time: this is asked of the
    code of today, and whatever that learns later is worked out anew by the daily task.
    """
    from races.models import Edition

    known = ["pk", "start_date", "end_date", "date_precision", "status", "race__usual_rule"]
    of_race = ["race__usual_month", "race__time_zone"]
    for edition in Edition.objects.select_related("race").only(*known, *of_race):
        edition.work_out()
        apps.get_model("races", "Edition").objects.filter(pk=edition.pk).update(
            expected_on=edition.expected_on,
            over_at=edition.over_at,
            doubtful_at=edition.doubtful_at,
        )


class Migration(migrations.Migration):

    dependencies = [
        ('races', '0006_descriptions_have_an_end'),
    ]

    operations = [
        migrations.AddField(
            model_name='edition',
            name='expected_on',
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='edition',
            name='over_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='edition',
            name='doubtful_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(work_out, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='edition',
            name='over_at',
            field=models.DateTimeField(blank=True, editable=False),
        ),
        migrations.AddIndex(
            model_name='edition',
            index=models.Index(fields=['over_at'], name='edition_by_its_end'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=Q(expected_on=None) | ~Q(date_precision='day') & Q(expected_on__gte=F('start_date'), expected_on__lte=F('end_date')), name='edition_expected_within_what_is_known'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=Q(date_precision='day', doubtful_at=None) | ~Q(date_precision='day') & Q(doubtful_at__isnull=False), name='edition_doubtful_unless_a_day'),
        ),
    ]
