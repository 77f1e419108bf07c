"""What becomes of a file that was sent: it waits, is read, and is kept or refused."""

import gzip

from races import tasks
from races.courses.facts import facts_of
from races.courses.gpx import read, written
from races.courses.parsing import Refused
from races.models import Course, Distance, Race


def receive(distance: Distance, data: bytes) -> None:
    """What the course was before is shown until the new file has been read."""
    waiting = {"upload": gzip.compress(data, mtime=0), "refused": ""}
    Course.objects.update_or_create(distance=distance, defaults=waiting)
    tasks.read_course.enqueue(distance.pk)


def read_upload(distance_pk: int) -> Race | None:
    """The race whose page has changed by it, if one has."""
    waiting = Course.objects.filter(distance=distance_pk, upload__isnull=False)
    # Whoever sends another meanwhile waits, and that one is read after this.
    course = waiting.select_for_update(of=("self",)).defer("file").first()
    if course is None:
        return None
    try:
        found = read(gzip.decompress(course.upload or b""))
        facts = facts_of(found)
    except Refused as reason:
        waiting.update(upload=None, refused=str(reason))
        return None
    clean = gzip.compress(written(found), mtime=0)
    waiting.update(upload=None, file=clean, **facts)
    return course.distance.edition.race
