from django.apps import AppConfig


class GlossaryConfig(AppConfig):
    name = "glossary"

    def ready(self) -> None:
        from glossary.reading import news
        from web import generations

        generations.turns.append(news.appearances)
