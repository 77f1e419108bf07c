from django import template

from text.sentences import sentences

register = template.Library()


@register.filter
def first_sentence(text: str) -> str:
    """Of a text without markup: what a list has room for, and never half a thought."""
    return next(iter(sentences(text)), text)
