"""The course of a distance, as staff send it: a file beside the distance's other fields."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from races.courses.incoming import receive
from races.courses.parsing import MOST_BYTES, Refused, refuse_at_sight
from races.models import Course, Distance
from races.templatetags.race_tags import climb, metres_in_words

HELP = "A GPX file with elevation, up to 20 MB. It is read within a minute; then the page shows it."


class CourseForm(forms.ModelForm[Distance]):
    course_file = forms.FileField(
        label="Course",
        required=False,
        help_text=HELP,
        widget=forms.FileInput(attrs={"accept": ".gpx,application/gpx+xml"}),
    )
    remove_course = forms.BooleanField(label="Take the course off the page", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        course = self._course()
        # Whoever may only look has no fields.
        if "course_file" in self.fields and course:
            said = format_html("<strong>{}</strong> ", state_of(course))
            self.fields["course_file"].help_text = said + SafeString(HELP)
        if "remove_course" in self.fields and course is None:
            self.fields["remove_course"].widget = forms.HiddenInput()

    def _course(self) -> Course | None:
        known = (
            Course.objects.defer("upload", "file") if self.instance.pk else Course.objects.none()
        )
        return known.filter(distance=self.instance.pk).first()

    def clean_course_file(self) -> bytes | None:
        sent: Any = self.cleaned_data["course_file"]
        if sent is None:
            return None
        # Before it is read into memory.
        if (sent.size or 0) > MOST_BYTES:
            raise forms.ValidationError("This file is larger than 20 MB.")
        data: bytes = sent.read()
        try:
            refuse_at_sight(data)
        except Refused as reason:
            raise forms.ValidationError(str(reason)) from None
        return data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("remove_course") and cleaned.get("course_file"):
            self.add_error("remove_course", "Send a new course or take it off, not both.")
        return cleaned

    def _save_m2m(self) -> None:
        """What hangs on the distance, once that is saved."""
        super()._save_m2m()  # type: ignore[misc]
        if data := self.cleaned_data.get("course_file"):
            receive(self.instance, data)
        elif self.cleaned_data.get("remove_course"):
            Course.objects.filter(distance=self.instance).delete()


def state_of(course: Course) -> str:
    """“Shown: 42.2 km (26.2 mi), climb 310 m (1,017 ft).”"""
    is_read = course.metres is not None
    said = []
    if course.waits:
        said.append("A new file waits to be read." if is_read else "Waits to be read.")
    if course.refused:
        said.append(f"Refused: {course.refused}")
    if course.metres is not None:
        length, ascent = metres_in_words(course.metres), climb(course.ascent_metres or 0)
        said.append(f"Shown: {length}, climb {ascent}.")
    return " ".join(said)
