"""Searches whose news is mailed; moderators may take an alert away when somebody asks for it."""

import django.db.models.functions.text
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import organizers.models.alerts

RIGHTS = ("view_alert", "delete_alert")


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


class Migration(migrations.Migration):
    dependencies = [("organizers", "0007_names_for_readers")]
    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254, verbose_name="address")),
                ("query", models.CharField(max_length=2000, verbose_name="search")),
                ("key", models.CharField(default=organizers.models.alerts.new_key, editable=False, max_length=43)),
                ("asked_at", models.DateTimeField(verbose_name="last asked to confirm")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("told", models.JSONField(default=dict, editable=False)),
                ("quiet_until", models.DateTimeField(null=True, verbose_name="no mail before")),
            ],
            options={
                "ordering": ["email", "pk"],
                "indexes": [models.Index(fields=["quiet_until"], name="alert_by_its_next_mail")],
                "constraints": [
                    models.UniqueConstraint(fields=("email", "query"), name="alert_once"),
                    models.UniqueConstraint(fields=("key",), name="alert_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(email=django.db.models.functions.text.Lower(models.F("email"))),
                        name="alert_address_in_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(confirmed_at=None, quiet_until=None),
                            models.Q(confirmed_at__isnull=False, quiet_until__isnull=False),
                            _connector="OR",
                        ),
                        name="alert_looks_once_confirmed",
                    ),
                ],
            },
        ),
        migrations.RunPython(give, take),
    ]
