"""A name that readers may see, which pages that are kept show."""

from django.db import migrations, models

# A row at a time, unlike the tables of the content: signing in, too, writes to this one.
WATCH = """
CREATE TRIGGER name_for_readers_changed AFTER UPDATE OF public_name ON organizers_user FOR EACH ROW
WHEN (OLD.public_name <> NEW.public_name) EXECUTE FUNCTION web_content_changed();
CREATE TRIGGER name_for_readers_gone AFTER DELETE ON organizers_user FOR EACH ROW
WHEN (OLD.public_name <> '') EXECUTE FUNCTION web_content_changed();
"""
UNWATCH = """
DROP TRIGGER name_for_readers_changed ON organizers_user;
DROP TRIGGER name_for_readers_gone ON organizers_user;
"""


class Migration(migrations.Migration):
    dependencies = [("organizers", "0006_mail_by_the_queue"), ("web", "0001_content_version")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="public_name",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Everybody may read it: it stands in the history of a word beside what"
                " you changed. Empty: “an editor”.",
                max_length=80,
                verbose_name="name for readers",
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(("public_name__contains", "@"), _negated=True),
                name="user_public_name_is_no_address",
                violation_error_message="Everybody may read this name: it can’t be an address.",
            ),
        ),
        migrations.RunSQL(WATCH, UNWATCH),
    ]
