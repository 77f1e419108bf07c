"""Urgent becomes two levels, in the tables and in every kept version of a page."""

import json
import re

from django.db import migrations, models

# What says the day and nothing more pressing; all other urgent advice stays at the strongest level.
SAME_DAY = re.compile(r"\b(same|that)[ -]day\b|\bwithin a day\b")
PRESSING = re.compile(r"ambulance|at once|immediately|emergency help|straight away")
HEADINGS = {"same-day": "Be seen the same day", "emergency": "Emergency: get help at once"}


def level_of(text):
    return "same-day" if SAME_DAY.search(text) and not PRESSING.search(text) else "emergency"


def split_urgent(apps, schema_editor):
    for advice in apps.get_model("glossary", "CareAdvice").objects.filter(level="urgent"):
        advice.level = level_of(advice.text)
        advice.save(update_fields=["level"])
    versions = apps.get_model("reversion", "Version").objects.filter(
        content_type__app_label="glossary", content_type__model="careadvice", format="json"
    )
    for version in versions.iterator():
        rows = json.loads(version.serialized_data)
        fields = rows[0]["fields"]
        if fields["level"] == "urgent":
            fields["level"] = level_of(fields["text"])
            version.serialized_data = json.dumps(rows, ensure_ascii=False)
            version.object_repr = HEADINGS[fields["level"]]
            version.save(update_fields=["serialized_data", "object_repr"])


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("glossary", "0004_first_published_at"),
        ("reversion", "0002_add_index_on_version_for_content_type_and_db"),
    ]

    operations = [
        migrations.AddField(
            model_name="term",
            name="no_urgent_level",
            field=models.BooleanField(
                default=False,
                help_text="For an injury or illness that never has to be seen the same day. "
                "Readers see nothing of it.",
                verbose_name="no urgent level applies",
            ),
        ),
        migrations.AlterField(
            model_name="careadvice",
            name="level",
            field=models.CharField(
                choices=[
                    ("self-care", "What to do now"),
                    ("leave-out", "What to leave out"),
                    ("see-someone", "See someone about it"),
                    ("same-day", "Be seen the same day"),
                    ("emergency", "Emergency: get help at once"),
                ],
                error_messages={
                    "invalid_choice": "“%(value)s” is no level: write one of self-care, leave-out, "
                    "see-someone, same-day, emergency"
                },
                max_length=12,
            ),
        ),
        migrations.RunPython(split_urgent),
        migrations.AddConstraint(
            model_name="careadvice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "level__in",
                        ["self-care", "leave-out", "see-someone", "same-day", "emergency"],
                    )
                ),
                name="care_advice_level_is_listed",
                violation_error_message="There is no such level.",
            ),
        ),
    ]
