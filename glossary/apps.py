from django.apps import AppConfig


class GlossaryConfig(AppConfig):
    name = "glossary"

    def ready(self) -> None:
        from glossary import caching, changes

        caching.turns.append(changes.last_appeared)
