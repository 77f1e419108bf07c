"""What readers can see today was first published on some day: the best known is its last change."""

from django.db import migrations

FILL = """
UPDATE glossary_term SET first_published_at = LEAST(changed_on::timestamptz, now())
 WHERE state = 'published' AND (publish_at IS NULL OR publish_at <= now())
   AND first_published_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("glossary", "0003_drafts_links_feedback")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
