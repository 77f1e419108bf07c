"""A term's parts as the rows of its form: their order is where they stand, and whoever moves, adds
or deletes sources moves no citation.

While a form is open, each source has a number: that of its place as the form was opened, or the
next free one if it was added since. It keeps it wherever its row goes, so that texts may cite it.
Saving numbers the sources by their places, and every citation on the page follows its source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.http import HttpRequest

from glossary.models import KeyFact, Source, Term, TermPart
from glossary.parts import IN_MARKDOWN
from glossary.publishing import history
from text import markdown

# The Markdown of each part.
TEXT_FIELDS: dict[Any, str] = {part.model: part.text for part in IN_MARKDOWN}

Data = Mapping[str, Any]
# More is not looked at, whatever a post says.
MOST_ROWS = 1000


def row_count(data: Data, prefix: str) -> int:
    return min(_number(data.get(f"{prefix}-TOTAL_FORMS")) or 0, MOST_ROWS)


def in_order(data: Data, prefix: str) -> list[int]:
    """The indexes of a part's rows, in the order that their editor gave them.

    A row without a place stays where it is, and so a new one comes last. Without the script, two
    may have the same place: then the one that was moved there stands in front, if it was moved up,
    or behind.
    """

    def place(index: int) -> tuple[int, int]:
        was, typed = index + 1, _number(data.get(f"{prefix}-{index}-position"))
        if typed is None:
            typed = was
        return typed, (typed > was) - (typed < was)

    return sorted(range(row_count(data, prefix)), key=place)


def _number(text: Any) -> int | None:
    return int(text) if text and len(text) < 5 and text.isascii() and text.isdecimal() else None


@dataclass(frozen=True)
class TypedSource:
    """A source as the form has it."""

    index: int
    number: int
    title: str
    is_deleted: bool


def typed_sources(data: Data) -> list[TypedSource]:
    """The sources that somebody typed, in their order."""
    found = []
    for index in in_order(data, "sources"):
        row = {name: data.get(f"sources-{index}-{name}") for name in ("id", "url", "title")}
        if any(row.values()):
            number = _number(data.get(f"sources-{index}-number")) or index + 1
            is_deleted = bool(data.get(f"sources-{index}-DELETE"))
            found.append(TypedSource(index, number, row["title"] or row["url"] or "", is_deleted))
    return found


def new_numbers(data: Data) -> dict[int, int]:
    """The number that each source has in the form, and the one that it will have."""
    left = [source for source in typed_sources(data) if not source.is_deleted]
    return {source.number: place for place, source in enumerate(left, 1)}


def deleted_sources(data: Data) -> dict[int, str]:
    """What to say of a citation of each source that is about to go, by its number."""
    return {
        source.number: f"Source {source.number}, “{source.title}”, is marked to be deleted: "
        "cite another one, or keep it."
        for source in typed_sources(data)
        if source.is_deleted
    }


class PlaceField(forms.IntegerField):
    """A number only without the script, which has buttons instead: static/js/rows.js."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.NumberInput(attrs={"class": "place", "aria-label": "Place"})
        super().__init__(
            label="Place", required=False, min_value=0, max_value=MOST_ROWS, widget=widget, **kwargs
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False  # a row is not filled in by standing somewhere


if TYPE_CHECKING:
    _Form = forms.ModelForm[Any]
    _FormSet = BaseInlineFormSet[Any, Term, Any]
    _TermAdmin = admin.ModelAdmin[Term]
    _Choice = forms.ModelChoiceField[Any]
else:
    _Form, _FormSet, _TermAdmin = forms.ModelForm, BaseInlineFormSet, object
    _Choice = forms.ModelChoiceField


class RowForm(_Form):
    """A row of the term's form, looked at only if it was touched."""

    def _post_clean(self) -> None:
        # The rest stands in the tables, which have the same rules.
        if self.has_changed() or not self.instance.pk:
            super()._post_clean()  # type: ignore[misc]


class PartForm(RowForm):
    position = PlaceField()


class StoredRow(_Choice):
    """Which row a form is of: one that its formset has read, where Django would ask for each."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        for row in self.queryset or ():
            if str(row.pk) == str(value):
                return row
        raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice")


class RowFormSet(_FormSet):
    model: Any

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        key = form.fields["id"]
        form.fields["id"] = StoredRow(None, required=False, widget=key.widget, initial=key.initial)
        # Set past its property, which would have each form read them by itself.
        form.fields["id"]._queryset = self.get_queryset()


class PartFormSet(RowFormSet):
    """Rows whose order is where they stand."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        is_stored = index is not None and index < self.initial_form_count()
        form.initial["position"] = index + 1 if is_stored and index is not None else None
        form.stood = form.instance.position if is_stored else None

    def save(self, commit: bool = True) -> list[Any]:
        rows = [self.forms[index] for index in in_order(self.data, str(self.prefix))]
        rows = [form for form in rows if form.instance.pk or form.has_changed()]
        left = [form for form in rows if form not in self.deleted_forms]
        for place, form in enumerate(left):
            form.instance.position = place
        saved: list[Any] = super().save(commit)
        # Also those in which nothing else has changed.
        moved = [form.instance for form in left if form.instance.position != form.stood]
        self.model._default_manager.bulk_update(moved, ["position"])
        return saved


class CitationNumber(forms.Widget):
    """The number by which texts cite a source, to be read and not to be typed."""

    template_name = "admin/glossary/term/citation_number.html"


class NumberField(forms.IntegerField):
    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class SourceForm(PartForm):
    number = NumberField(label="Cite as", required=False, widget=CitationNumber)


class SourceFormSet(PartFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.initial["number"] = form.initial["position"]

    def clean(self) -> None:
        super().clean()
        numbers = [source.number for source in typed_sources(self.data)]
        if len(set(numbers)) < len(numbers):
            raise forms.ValidationError("Two sources have one number. Open the form anew.")


class KeyFactForm(PartForm):
    # By number, so that it may be one that is only being added.
    cites = forms.TypedChoiceField(label="Source", required=False, coerce=int, empty_value=None)


class KeyFactFormSet(PartFormSet):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.sources.all() if self.instance.pk else []
        self.numbers = {source.pk: str(number) for number, source in enumerate(stored, 1)}
        titles = [(number, source.title) for number, source in enumerate(stored, 1)]
        if self.is_bound:
            titles = [(source.number, source.title) for source in typed_sources(self.data)]
        self.choices = [("", "---------")]
        self.choices += [(str(number), f"[^{number}] {title}") for number, title in titles]

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["cites"].choices = self.choices
        form.initial["cites"] = self.numbers.get(form.instance.source_id)

    def clean(self) -> None:
        super().clean()
        deleted = deleted_sources(self.data)
        for form in self.forms:
            number = form.cleaned_data.get("cites") if form not in self.deleted_forms else None
            if number in deleted:
                form.add_error("cites", deleted[number])


def say_what_is_wrong(form: Any) -> bool:
    """Of what nobody touched, which was right when it was saved."""
    fields = form._meta.model._meta.fields
    try:
        form.instance.full_clean([field.name for field in fields if field.name not in form.fields])
    except forms.ValidationError as error:
        if not form.is_bound:
            form.cleaned_data = {}
        form.add_error(None, error)
    return bool(form.errors)


class AliasFormSet(RowFormSet):
    def clean(self) -> None:
        """Alias.clean compares with other terms; this, what was typed together."""
        # While a draft waits, names that nobody touched may become another's as well.
        if self.instance.pk and history.taken_names(self.instance):
            for form in self.initial_forms:
                if not form.has_changed():
                    say_what_is_wrong(form)
        names: dict[str, str] = {}
        for form in self.forms:
            key, name = form.instance.key, form.instance.name
            if form.errors or form.cleaned_data.get("DELETE") or not key:
                continue
            if key in names:
                form.add_error("name", f"“{names[key]}” above is the same name.")
            names.setdefault(key, name)
        super().clean()


class PartsAdmin(admin.ModelAdmin[Term]):
    """What TermAdmin inherits to save the parts of a term."""

    class Media:
        js = [forms.Script("js/rows.js", type="module")]  # noqa: RUF012

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        by_model = {formset.model: formset for formset in formsets}
        sources, facts = by_model.get(Source), by_model.get(KeyFact)
        if sources and facts:
            typed = {
                source.number: sources.forms[source.index].instance
                for source in typed_sources(sources.data)
            }
            for fact in facts.forms:
                fact.instance.source = typed.get(fact.cleaned_data.get("cites"))
        # A fact can name its source once that is stored.
        formsets = sorted(formsets, key=lambda formset: formset.model is not Source)
        super().save_related(request, form, formsets, change)
        if sources:
            _follow_sources(form.instance, new_numbers(sources.data))


def _follow_sources(term: Term, numbers: dict[int, int]) -> None:
    """Let every citation on the page go on citing its source, when these numbers change."""
    if all(old == new for old, new in numbers.items()):
        return
    term.body = markdown.renumbered(term.body, numbers)
    Term.objects.filter(pk=term.pk).update(body=term.body)
    for model, field in TEXT_FIELDS.items():
        parts: list[TermPart] = list(model.objects.filter(term=term))
        for part in parts:
            setattr(part, field, markdown.renumbered(getattr(part, field), numbers))
        model.objects.bulk_update(parts, [field])
