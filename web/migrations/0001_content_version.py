import uuid

from django.db import migrations, models
from django.utils import timezone

from web.content_version import watch

# NULL is what a trigger after a statement returns.
CREATE = """
CREATE FUNCTION web_content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO web_contentchange AS change (transaction, began_at, statements)
    VALUES (pg_current_xact_id()::text::bigint, transaction_timestamp(), 1)
    ON CONFLICT (transaction, began_at) DO UPDATE SET statements = change.statements + 1;
    RETURN NULL;
END $$;
"""


def first_row(apps, schema_editor):
    apps.get_model("web", "ContentVersion").objects.create(pk=1, folded_at=timezone.now())


class Migration(migrations.Migration):
    initial = True
    dependencies = [("glossary", "0004_first_published_at"), ("races", "0002_linked_descriptions")]
    operations = [
        migrations.CreateModel(
            name="ContentChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("transaction", models.BigIntegerField()),
                ("began_at", models.DateTimeField()),
                ("statements", models.BigIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("transaction", "began_at"), name="content_change_once_a_transaction"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("epoch", models.UUIDField(default=uuid.uuid4)),
                ("folded", models.BigIntegerField(default=0)),
                ("folded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="content_version_is_one_row"
                    )
                ],
            },
        ),
        migrations.RunPython(first_row, migrations.RunPython.noop),
        migrations.RunSQL(CREATE, "DROP FUNCTION web_content_changed();"),
        watch(
            "glossary_category",
            "glossary_term",
            "glossary_alias",
            "glossary_keyfact",
            "glossary_tip",
            "glossary_faq",
            "glossary_relatedterm",
            "glossary_source",
            "glossary_careadvice",
            "glossary_formeraddress",
            "glossary_linkedtext",
            "races_place",
            "races_race",
            "races_edition",
            "races_distance",
            "races_pricetier",
        ),
    ]
