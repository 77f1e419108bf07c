"""Symptoms among the aliases, and no kind that is not listed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("glossary", "0010_previews_can_be_taken_back")]

    operations = [
        migrations.AlterField(
            model_name="alias",
            name="kind",
            field=models.CharField(
                choices=[
                    ("synonym", "Synonym"),
                    ("abbreviation", "Abbreviation"),
                    ("misspelling", "Misspelling"),
                    ("symptom", "Symptom"),
                ],
                default="synonym",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="alias",
            constraint=models.CheckConstraint(
                condition=models.Q(kind__in=["synonym", "abbreviation", "misspelling", "symptom"]),
                name="alias_kind_is_listed",
                violation_error_message="There is no such kind.",
            ),
        ),
    ]
