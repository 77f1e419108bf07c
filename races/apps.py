from django.apps import AppConfig


class RacesConfig(AppConfig):
    name = "races"

    def ready(self) -> None:
        # The glossary may not import races, yet a term's race search must be one that they
        # understand: so the check is handed down to the field.
        from glossary.linking import relinking
        from glossary.models import Term
        from races.reading import days, descriptions
        from races.search.criteria import validate_race_query
        from web import generations

        field = Term._meta.get_field("race_query")
        field.validators = [*field.validators, validate_race_query]
        # So are the races' texts, in which terms are linked too.
        relinking.followers.append(descriptions.relink)
        # Every page that shows a race asks what day it is.
        generations.turns.append(days.midnight)
