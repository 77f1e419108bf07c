"""Editors read what readers said and searched for in vain, and tick it off."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RIGHTS = {
    "feedback": ("view", "change", "delete"),
    "missedsearch": ("view", "delete"),
}


def rights(apps: Apps) -> list:
    codenames = [f"{verb}_{model}" for model, verbs in RIGHTS.items() for verb in verbs]
    permission = apps.get_model("auth", "Permission")
    return list(
        permission.objects.filter(content_type__app_label="glossary", codename__in=codenames)
    )


def give(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # Permissions are otherwise made after the last migration, too late for this one.
    config = apps.get_app_config("glossary")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    apps.get_model("auth", "Group").objects.get(name="Editors").permissions.add(*rights(apps))


def take(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("auth", "Group").objects.get(name="Editors").permissions.remove(*rights(apps))


class Migration(migrations.Migration):
    dependencies = [
        ("organizers", "0002_starter_plan_and_groups"),
        ("glossary", "0004_first_published_at"),
    ]
    operations = [migrations.RunPython(give, take)]
