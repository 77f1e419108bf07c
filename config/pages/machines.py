"""What programs ask of the whole site before they read it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from glossary.machines.markdown import llms_txt
from glossary.models import Category
from web.public_pages import public_data, public_page


@public_page
def robots(request: HttpRequest) -> HttpResponse:
    context = {"private": ["/accounts/", "/organizers/", "/search/"]}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@public_page
def manifest(request: HttpRequest) -> HttpResponse:
    """For a phone that keeps the site on its first screen (W3C Web Application Manifest)."""
    return render(request, "site.webmanifest", content_type="application/manifest+json")


@public_page
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers and feed readers look without asking a page."""
    return redirect(static("img/icon-192.png"))


@public_data
def llms(request: HttpRequest) -> HttpResponse:
    # Markdown too, but as plain text a browser shows it instead of saving it.
    return HttpResponse(
        llms_txt(list(Category.objects.shelves())), content_type="text/plain; charset=utf-8"
    )
