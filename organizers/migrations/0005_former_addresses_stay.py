"""Nobody deletes a former address: it would answer 404 instead of a redirect or 410."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def right_and_editors(apps: Apps) -> tuple:
    right = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="glossary", codename="delete_formeraddress"
    )
    return right, apps.get_model("auth", "Group").objects.get(name="Editors")


def take(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    right, editors = right_and_editors(apps)
    editors.permissions.remove(right)


def give(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    right, editors = right_and_editors(apps)
    editors.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [("organizers", "0004_people_can_leave")]
    operations = [migrations.RunPython(take, give)]
