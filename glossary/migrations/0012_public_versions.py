"""Which versions readers saw: until now only what was said of each told."""

import json
from collections import defaultdict

import django.contrib.postgres.fields
import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from web.content_version import watch

PUBLIC = {
    *("Published", "Loaded from its file", "Imported"),
    "As it stood before its first change here",
}
# From these until it is published again, files and imports change what nobody sees.
OFF_THE_SITE = {"Taken off the site", "Deleted"}
OF_THE_TERM = {
    "title": "name",
    "slug": "address",
    "category": "subject",
    "definition": "definition",
    "body": "explanation",
    "race_query": "races offered",
    "reviewed_by": "review",
    "reviewed_on": "review",
}
PARTS = {
    "alias": "names it is found by",
    "keyfact": "key facts",
    "tip": "tips",
    "faq": "questions",
    "relatedterm": "related words",
    "source": "sources",
    "careadvice": "care advice",
}


def shown(rows: list) -> dict:
    """What readers call a part of the page, and what a version has there."""
    found: dict = {}
    parts = defaultdict(list)
    titles = {}
    for row in rows:
        (said,) = json.loads(row.serialized_data)
        model, fields = said["model"].removeprefix("glossary."), said["fields"]
        if model == "term":
            for name, words in OF_THE_TERM.items():
                found.setdefault(words, []).append(fields.get(name) or "")
        elif model in PARTS:
            parts[model].append((fields.pop("position", 0), said["pk"], fields))
            titles[said["pk"]] = fields.get("title")
    for model, words in PARTS.items():
        found[words] = [
            # Loading a file makes its sources anew.
            {**fields, "term": None, "source": titles.get(fields.get("source"))}
            for _, _, fields in sorted(parts[model], key=lambda row: row[:2])
        ]
    return found


def note_what_was_public(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    public_version = apps.get_model("glossary", "PublicVersion")
    version = apps.get_model("reversion", "Version")
    of_terms = version.objects.filter(
        content_type__app_label="glossary", content_type__model="term"
    )
    terms = apps.get_model("glossary", "Term").objects.exclude(first_published_at=None)
    for pk, since in terms.values_list("pk", "first_published_at"):
        before, is_off = None, False
        of_term = of_terms.filter(object_id=str(pk)).select_related("revision")
        for recorded in of_term.order_by("revision__date_created", "pk"):
            revision = recorded.revision
            if revision.comment in {*OFF_THE_SITE, "Published"}:
                is_off = revision.comment in OFF_THE_SITE
            if revision.comment not in PUBLIC or is_off or revision.date_created < since:
                continue
            now = shown(list(version.objects.filter(revision=revision)))
            changed = [words for words in now if before and now[words] != before[words]]
            if changed or not before:
                public_version.objects.create(
                    revision=revision, term_id=pk, since=revision.date_created, changed=changed
                )
            before = now


class Migration(migrations.Migration):
    dependencies = [
        ("glossary", "0011_symptoms"),
        ("reversion", "0002_add_index_on_version_for_content_type_and_db"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("web", "0001_content_version"),
    ]
    operations = [
        migrations.CreateModel(
            name="PublicVersion",
            fields=[
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="public_version",
                        serialize=False,
                        to="reversion.revision",
                    ),
                ),
                ("term_id", models.BigIntegerField()),
                ("since", models.DateTimeField()),
                (
                    "changed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["term_id", "since"], name="public_version_of_term")
                ],
            },
        ),
        watch("glossary_publicversion"),
        migrations.RunPython(note_what_was_public, migrations.RunPython.noop),
    ]
