"""The free plan, and the two groups of staff with just the rights they need."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ALL = ("view", "add", "change", "delete")

# Words: everything. Races: all but taking one away, since an address never dies.
EDITORS = {
    "glossary": {
        **dict.fromkeys(
            ["term", "alias", "keyfact", "tip", "faq", "relatedterm", "source", "careadvice"], ALL
        ),
        "category": ("view", "add", "change"),
        "formeraddress": ALL,
    },
    "races": {
        "race": ("view", "add", "change"),
        **dict.fromkeys(["edition", "distance", "pricetier"], ALL),
        "place": ("view",),
    },
}
MODERATORS = {
    "organizers": {
        "submission": ("view", "decide"),
        "decision": ("view",),
        "organizer": ("view",),
        "membership": ("view",),
        "listing": ("view",),
    },
    "races": {
        "race": ("view", "change"),
        **dict.fromkeys(["edition", "distance", "pricetier"], ALL),
        "place": ("view",),
    },
}


def create(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    plan = apps.get_model("organizers", "Plan")
    plan.objects.get_or_create(slug="starter", defaults={"name": "Starter", "monthly_price": 0})
    group = apps.get_model("auth", "Group")
    permission = apps.get_model("auth", "Permission")
    # Permissions are otherwise made after the last migration, too late for this one.
    for label in ("glossary", "races", "organizers"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    for name, rights in {"Editors": EDITORS, "Moderators": MODERATORS}.items():
        staff, _ = group.objects.get_or_create(name=name)
        for label, models in rights.items():
            for model, verbs in models.items():
                codenames = [f"{verb}_{model}" for verb in verbs]
                found = permission.objects.filter(
                    content_type__app_label=label, codename__in=codenames
                )
                if len(found) != len(codenames):
                    raise LookupError(f"Some of these rights do not exist: {codenames}")
                staff.permissions.add(*found)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=["Editors", "Moderators"]).delete()
    apps.get_model("organizers", "Plan").objects.filter(slug="starter", organizers=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("organizers", "0001_initial"),
        ("glossary", "0002_names_never_collide"),
        ("races", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(create, remove)]
