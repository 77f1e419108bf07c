"""The course of a distance: the line out of a GPX file, and what is worked out of it."""

import gzip

from django.db import models
from django.db.models import Q

from races.models.editions import Distance

KILOMETRE = 1000
# In the database as the rest is: each process has it, and so has each backup.
BYTES = ("upload", "file")


class CourseQuerySet(models.QuerySet["Course"]):
    def shown(self) -> "CourseQuerySet":
        """Those that were read, without their files."""
        return self.filter(metres__isnull=False).defer(*BYTES)


class Course(models.Model):
    """`upload` is a file as somebody sent it, until the worker has read it; `file` is a clean one,
    of points alone. Both are packed (gzip). A file that was refused leaves its word and nothing
    else, and what was read before stays.
    """

    distance = models.OneToOneField(Distance, models.CASCADE, related_name="course")
    upload = models.BinaryField(null=True)
    refused = models.CharField(max_length=200, blank=True)
    file = models.BinaryField(null=True)
    metres = models.PositiveIntegerField(null=True)
    ascent_metres = models.PositiveIntegerField(null=True)
    descent_metres = models.PositiveIntegerField(null=True)
    highest_metres = models.IntegerField(null=True)
    lowest_metres = models.IntegerField(null=True)
    # Of the steepest kilometre: where it begins, and by how much it rises.
    steepest_from = models.PositiveIntegerField(null=True)
    steepest_rise = models.PositiveIntegerField(null=True)
    # [[[latitude, longitude], ...] of each segment]: few enough for a page.
    line = models.JSONField(default=list)
    # Heights in metres, equally far apart.
    profile = models.JSONField(default=list)
    # [{"name": ..., "metres": from the start, "at": [latitude, longitude]}, ...]
    waypoints = models.JSONField(default=list)

    objects = CourseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(upload__isnull=False, refused="")
                | Q(upload=None) & (Q(file__isnull=False) | ~Q(refused="")),
                name="course_waits_or_is_read_or_refused",
            ),
            models.CheckConstraint(
                condition=Q(file=None, metres=None)
                | Q(
                    file__isnull=False,
                    metres__isnull=False,
                    metres__gt=0,
                    ascent_metres__isnull=False,
                    descent_metres__isnull=False,
                    highest_metres__isnull=False,
                    lowest_metres__isnull=False,
                    lowest_metres__lte=models.F("highest_metres"),
                ),
                name="course_is_read_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Course of {self.distance}"

    @property
    def waits(self) -> bool:
        """Told without the file itself, which may be large."""
        return not self.refused and Course.objects.filter(pk=self.pk, upload__isnull=False).exists()

    @property
    def km_effort(self) -> float:
        """As ITRA counts it: a kilometre for each, and one for each 100 m of climb."""
        return (self.metres or 0) / KILOMETRE + (self.ascent_metres or 0) / 100

    def unpacked(self) -> bytes:
        """The file to offer, of a course that was read."""
        return gzip.decompress(self.file or b"")
