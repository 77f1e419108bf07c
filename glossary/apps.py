from django.apps import AppConfig


class GlossaryConfig(AppConfig):
    name = "glossary"

    def ready(self) -> None:
        from glossary import changes
        from web import keeping

        keeping.turns.append(changes.last_appeared)
