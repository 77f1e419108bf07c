from django.core.exceptions import ValidationError
from django.db import models

from glossary.models.terms import Term


class FormerAddress(models.Model):
    """A slug that a term once had. It redirects; without a term it answers 410 Gone."""

    slug = models.SlugField("address", max_length=80, unique=True)
    term = models.ForeignKey(
        Term,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="former_addresses",
        help_text="Where it leads. Without one, it says that the page is gone.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "former addresses"

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        # One that readers could see before still has the address, on the site or off it.
        here = Term.objects.filter(slug=self.slug).first()
        if here and here.has_been_public:
            raise ValidationError(f"“{here}” has this address now: it can't lead elsewhere.")
