from typing import Any

from django.db import migrations, models
from django.db.models import F


def agree(apps: Any, schema_editor: Any) -> None:
    """Bring what disagrees in line with the constraints, without a made-up date."""
    editions = apps.get_model("races", "Edition").objects
    editions.filter(previous_start_date=F("start_date")).update(previous_start_date=None)
    moved = editions.filter(status="scheduled", previous_start_date__isnull=False)
    moved.update(status="rescheduled")
    # From which date is not known, so the page could not say it.
    editions.filter(status="rescheduled", previous_start_date=None).update(status="scheduled")
    editions.filter(status__in=["cancelled", "postponed"]).update(confirmed_on=None)


class Migration(migrations.Migration):

    dependencies = [
        ('races', '0003_race_names_in_any_script_once_in_a_country'),
    ]

    operations = [
        migrations.AddField(
            model_name='edition',
            name='sequence',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='edition',
            name='status_note',
            field=models.CharField(blank=True, help_text='Why, in a sentence that readers see.', max_length=200),
        ),
        migrations.AddField(
            model_name='edition',
            name='status_since',
            field=models.DateField(blank=True, help_text='Since when that is known. Empty: today.', null=True),
        ),
        migrations.AlterField(
            model_name='edition',
            name='end_date',
            field=models.DateField(blank=True, help_text='Empty: one day, or the end of the month or year.'),
        ),
        migrations.RunPython(agree, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['scheduled', 'postponed', 'rescheduled', 'cancelled', 'moved-online'])), name='edition_status_is_listed'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'scheduled'), _negated=True), models.Q(('previous_start_date', None), ('status_note', ''), ('status_since', None)), _connector='OR'), name='edition_scheduled_has_no_story', violation_error_message='A note, a day since when and an earlier date belong to another status than “Scheduled”.'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'rescheduled'), _negated=True), models.Q(('previous_start_date__isnull', False), models.Q(('previous_start_date', models.F('start_date')), _negated=True)), _connector='OR'), name='edition_moved_from_another_date', violation_error_message='Rescheduled from which other date?'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ('cancelled', 'postponed')), _negated=True), ('confirmed_on', None), _connector='OR'), name='edition_that_is_off_is_not_confirmed', violation_error_message='What is cancelled or postponed has no confirmed date.'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.CheckConstraint(condition=models.Q(('registration_state__in', ['', 'not-open', 'open', 'waiting-list', 'sold-out', 'closed'])), name='edition_registration_state_is_listed'),
        ),
    ]
