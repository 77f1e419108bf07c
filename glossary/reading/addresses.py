"""What answers at an address where no published term is."""

from django.http import Http404

from glossary.models import FormerAddress, Term


class Gone(Exception):
    """A word that readers once could see. `term` is what is left of it, unless it was deleted."""

    def __init__(self, term: Term | None) -> None:
        self.term = term


def successor(slug: str) -> Term:
    """The published term whose address this once was. Raises Gone, or Http404 if it never was."""
    former = FormerAddress.objects.select_related("term__category").filter(slug=slug).first()
    here = Term.objects.select_related("category").filter(slug=slug).first()
    # A draft has never been promised to anyone: it does not stand in the way of what was.
    if here and not here.has_been_public:
        here = None
    term = here or (former.term if former else None)
    if term is None and former is None:
        raise Http404("No such term.")
    if term is None:
        raise Gone(None)
    if term.is_public:
        return term
    # A draft has never been promised to anyone, whatever its address was called before.
    if not term.has_been_public:
        raise Http404("This term is not public.")
    raise Gone(term)
