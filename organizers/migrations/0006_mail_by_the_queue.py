"""Mail waits in a table of its own, which moderators see, and tasks have paths that stay."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RIGHTS = ("view_mail", "send_again_mail")
MOVED = {
    "glossary.relinking.relink_task": "glossary.tasks.relink",
    "glossary.publishing.publish_draft_task": "glossary.tasks.publish_draft",
    "races.descriptions.link_task": "races.tasks.link_descriptions",
}


def rights(apps: Apps) -> list:
    permission = apps.get_model("auth", "Permission")
    own = permission.objects.filter(content_type__app_label="organizers")
    return list(own.filter(codename__in=RIGHTS))


def give(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # Permissions are otherwise made after the last migration, too late for this one.
    config = apps.get_app_config("organizers")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    apps.get_model("auth", "Group").objects.get(name="Moderators").permissions.add(*rights(apps))


def take(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("auth", "Group").objects.get(name="Moderators").permissions.remove(*rights(apps))


def carry_over(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What waits, and what a killed worker left half done, is done by the new worker."""
    tasks = apps.get_model("django_tasks_database", "DBTaskResult").objects
    tasks.filter(status="SUCCESSFUL").delete()
    waiting = tasks.filter(status__in=["READY", "RUNNING"])
    for before, now in MOVED.items():
        waiting.filter(task_path=before).update(task_path=now, status="READY", worker_ids=[])


def carry_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    tasks = apps.get_model("django_tasks_database", "DBTaskResult").objects
    for before, now in MOVED.items():
        tasks.filter(task_path=now).update(task_path=before)


class Migration(migrations.Migration):
    dependencies = [
        ("organizers", "0005_former_addresses_stay"),
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
    ]
    operations = [
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("to", models.TextField()),
                ("subject", models.TextField()),
                ("message", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="since")),
                ("expires_at", models.DateTimeField(null=True, verbose_name="useless after")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("next_try_at", models.DateTimeField(null=True, verbose_name="next try")),
                ("failed_at", models.DateTimeField(null=True, verbose_name="given up")),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "mail not sent",
                "verbose_name_plural": "mail not sent",
                "ordering": ["-created_at"],
                "permissions": [("send_again_mail", "Can have a mail that was given up sent again")],
            },
        ),
        migrations.RunPython(give, take),
        migrations.RunPython(carry_over, carry_back),
    ]
