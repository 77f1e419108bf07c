"""“Wrong?” beside a fact of a race, and moderators decide on it."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RIGHTS = ("view_report", "decide_report")


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
    dependencies = [
        ("organizers", "0008_alerts_by_mail"),
        ("races", "0013_changed_races_and_the_base_of_the_search"),
    ]
    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("about", models.CharField(choices=[("date", "The date"), ("place", "The place"), ("distances", "The distances"), ("price", "The price"), ("registration", "Registration"), ("entry", "How to get in"), ("website", "The website"), ("description", "The description"), ("other", "Something else")], max_length=12)),
                ("said", models.TextField(blank=True, verbose_name="the page said")),
                ("text", models.TextField(verbose_name="what is right")),
                ("evidence", models.URLField(blank=True, max_length=500, verbose_name="where to see it")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="since")),
                ("state", models.CharField(choices=[("open", "Open"), ("done", "Put right"), ("declined", "Declined")], default="open", max_length=8)),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                ("decided_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("race", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="races.race")),
            ],
            options={
                "verbose_name": "report of something wrong",
                "verbose_name_plural": "reports of something wrong",
                "ordering": ["created_at"],
                "permissions": [("decide_report", "Can say what became of a report")],
                "indexes": [models.Index(fields=["state", "created_at"], name="report_queue")],
                "constraints": [models.CheckConstraint(condition=models.Q(("about__in", ["date", "place", "distances", "price", "registration", "entry", "website", "description", "other"])), name="report_about_is_listed"), models.CheckConstraint(condition=models.Q(models.Q(("decided_at", None), ("decided_by", None), ("note", ""), ("state", "open")), models.Q(("decided_at__isnull", False), ("state__in", ["done", "declined"])), _connector="OR"), name="report_is_open_or_decided"), models.CheckConstraint(condition=models.Q(models.Q(("state", "declined"), _negated=True), models.Q(("note", ""), _negated=True), _connector="OR"), name="report_declined_needs_a_note", violation_error_message="Say why: your colleagues read it."), models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="report_says_something"), models.CheckConstraint(condition=models.Q(("evidence", ""), ("evidence__iregex", "^https?://"), _connector="OR"), name="report_evidence_is_a_web_address"), models.CheckConstraint(condition=models.Q(("text__length__lte", 1000)), name="report_text_has_an_end", violation_error_message="At most 1,000 characters."), models.CheckConstraint(condition=models.Q(("said__length__lte", 2000)), name="report_said_has_an_end", violation_error_message="At most 2,000 characters."), models.CheckConstraint(condition=models.Q(("note__length__lte", 1000)), name="report_note_has_an_end", violation_error_message="At most 1,000 characters.")],
            },
        ),
        migrations.RunPython(give, take),
    ]
