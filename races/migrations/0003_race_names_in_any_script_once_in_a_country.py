import django.core.validators
from django.db import migrations, models
from django.db.models import Case, Value, When

from races.models.naming import race_key


def fill_keys(apps, schema_editor):
    """Until now nothing kept two races of a country from sharing a name.

    Who comes later, a draft after a public race, gets its town into its name, as people tell such
    races apart; and it is said, so that an editor can find a better one.
    """
    Race = apps.get_model("races", "Race")
    drafts_last = Case(When(state="published", then=Value(0)), default=Value(1))
    taken, others = set(), []
    for race in Race.objects.order_by(drafts_last, "pk"):
        race.name_key = race_key(race.name)
        if (race.country, race.name_key) in taken:
            others.append(race)
            continue
        taken.add((race.country, race.name_key))
        Race.objects.filter(pk=race.pk).update(name_key=race.name_key)
    for race in others:
        name, town = race.name, race.city
        candidates = [f"{name[:117 - len(town)]} ({town})"]
        candidates += [f"{name[:112 - len(town)]} ({town}, {number})" for number in range(2, 1000)]
        race.name = next(n for n in candidates if (race.country, race_key(n)) not in taken)
        race.name_key = race_key(race.name)
        taken.add((race.country, race.name_key))
        print(f"\n  /races/{race.slug}/ shared its name and is now “{race.name}”", end="")
        Race.objects.filter(pk=race.pk).update(name=race.name, name_key=race.name_key)


class Migration(migrations.Migration):

    dependencies = [
        ('races', '0002_linked_descriptions'),
    ]

    operations = [
        migrations.AddField(
            model_name='race',
            name='latin_name',
            field=models.CharField(blank=True, help_text='Needed if the name is in another script: “Mt Fuji 100” for 富士 100.', max_length=120, verbose_name='name in Latin letters'),
        ),
        migrations.AddField(
            model_name='race',
            name='name_key',
            field=models.CharField(default='', editable=False, max_length=200),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='race',
            name='name',
            field=models.CharField(help_text='As the race writes it, in any script.', max_length=120),
        ),
        migrations.AlterField(
            model_name='race',
            name='slug',
            field=models.SlugField(max_length=120, unique=True, validators=[django.core.validators.RegexValidator('[A-Za-z]', 'An address needs a letter.')]),
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='race',
            constraint=models.UniqueConstraint(fields=('country', 'name_key'), name='race_name_once_in_its_country', violation_error_message='There is a race of this name in this country already.'),
        ),
    ]
