"""A course to take along, on a watch or a phone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from races.models import Course
from web.public_pages import public_page

# What is kept beside pages that are a hundredth of it.
MOST_KEPT = 1024 * 1024


@public_page
def course(request: HttpRequest, slug: str, key: int) -> HttpResponse:
    public = Course.objects.filter(distance__edition__race__state="published", file__isnull=False)
    found = get_object_or_404(
        public.defer("upload"), distance=key, distance__edition__race__slug=slug
    )
    response = HttpResponse(found.unpacked(), content_type="application/gpx+xml")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{key}.gpx"'
    response["X-Robots-Tag"] = "noindex"
    response.keep = len(response.content) <= MOST_KEPT  # type: ignore[attr-defined]
    return response
