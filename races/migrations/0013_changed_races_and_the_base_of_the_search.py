import django.db.models.deletion
from django.db import migrations, models

# What a changed row says of which race it belongs to.
TABLES = {
    "races_race": "id",
    "races_edition": "race_id",
    "races_distance": "(SELECT race_id FROM races_edition WHERE id = edition_id)",
    "races_pricetier": "(SELECT race_id FROM races_edition JOIN races_distance"
    " ON races_edition.id = edition_id WHERE races_distance.id = distance_id)",
}
# A row may have moved from one race to another: both have changed.
EVENTS = {
    "inserted": "INSERT ON {} REFERENCING NEW",
    "changed": "UPDATE ON {} REFERENCING NEW",
    "left": "UPDATE ON {} REFERENCING OLD",
    "deleted": "DELETE ON {} REFERENCING OLD",
}
CREATE = """
CREATE FUNCTION races_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO races_changedrace (transaction, race)'
        ' SELECT pg_current_xact_id()::text::bigint, race FROM ('
        '     SELECT DISTINCT %s AS race FROM touched) changed WHERE race IS NOT NULL'
        ' ON CONFLICT DO NOTHING', TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE FUNCTION races_forget_base() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM races_searchbasepart;
    DELETE FROM races_searchbase;
    RETURN NULL;
END $$;
"""
DROP = "DROP FUNCTION races_note_change(); DROP FUNCTION races_forget_base();"


def create_triggers() -> str:
    made = [
        f"CREATE TRIGGER races_{name} AFTER {event.format(table)} TABLE AS touched"
        f" FOR EACH STATEMENT EXECUTE FUNCTION races_note_change('{race}');"
        for table, race in TABLES.items()
        for name, event in EVENTS.items()
    ]
    made += [
        f"CREATE TRIGGER races_emptied AFTER TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION races_forget_base();"
        for table in TABLES
    ]
    return "".join(made)


def drop_triggers() -> str:
    return "".join(
        f"DROP TRIGGER races_{name} ON {table};" for table in TABLES for name in [*EVENTS, "emptied"]
    )


class Migration(migrations.Migration):
    dependencies = [("races", "0012_wheelchair_races")]
    operations = [
        migrations.CreateModel(
            name="ChangedRace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("transaction", models.BigIntegerField()),
                ("race", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("transaction", "race"), name="changed_race_once_a_transaction"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchBase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("epoch", models.UUIDField()),
                ("columns", models.TextField()),
                ("snapshot", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchBasePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
                ("base", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="races.searchbase")),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("base", "number"), name="search_base_part_once")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="race",
            index=models.Index(
                condition=models.Q(("state", "published")), fields=["time_zone"], name="race_zones"
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
        migrations.RunSQL(create_triggers(), drop_triggers()),
    ]
