from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from glossary.models.terms import Term


class LinkedText(models.Model):
    """A term's texts as HTML in which other terms are linked; see glossary.linking.relinking.

    Made in the background. While it is missing, the page shows its texts without such links.
    """

    term = models.OneToOneField(Term, models.CASCADE, primary_key=True, related_name="linked_text")
    # The HTML of each text, by part: {"body": [...], "key_facts": [...], "tips": [...], ...}.
    html = models.JSONField()
    # The ids of the terms it links to. No foreign keys: a deleted term's pages must be found.
    links = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [GinIndex(fields=["links"], name="linked_text_links")]

    def __str__(self) -> str:
        return f"Links of {self.term}"
