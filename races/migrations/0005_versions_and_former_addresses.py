"""A race's address outlives its name and its page: since when it is public, and what it was."""

import django.db.models.deletion
from django.db import migrations, models

# Since when what is public today has been so is not known; that it is, by its last change at least.
FILL = """
UPDATE races_race SET first_published_at = updated_at
 WHERE state = 'published' AND first_published_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("races", "0004_edition_verbs"),
        ("reversion", "0002_add_index_on_version_for_content_type_and_db"),
    ]

    operations = [
        migrations.AddField(
            model_name="race",
            name="first_published_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="race",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "published"), _negated=True)
                | models.Q(("first_published_at__isnull", False)),
                name="race_public_since_a_time",
            ),
        ),
        migrations.CreateModel(
            name="FormerAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.SlugField(max_length=120, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "race",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="former_addresses",
                        to="races.race",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="reversion.revision",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "former addresses",
                "ordering": ["slug"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("race", None), ("version", None), _connector="OR"),
                        name="former_address_leads_one_way",
                    ),
                ],
            },
        ),
    ]
