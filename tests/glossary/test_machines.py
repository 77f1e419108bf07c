"""What search engines, monitors, proxies and link previews are told; and the error pages."""

import json
import re
from xml.etree import ElementTree

import pytest
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from pytest_django import Settings

from config import urls
from config.pages.styleguide import styleguide
from glossary.models import Term
from tests.desk import as_read, client_of
from tests.factories import EditionFactory, HealthCategoryFactory, TermFactory, UserFactory

SITE = "https://startline.example"
PUBLIC = [
    "/",
    "/glossary/",
    "/glossary/a-to-z/",
    "/glossary/new/",
    "/glossary/category/training-workouts/",
    "/glossary/word/",
    "/races/",
    "/races/race/",
    "/search/?q=word",
    "/list-your-race/",
    "/about/",
]


@pytest.mark.django_db
def test_the_sitemap_names_public_pages_with_their_true_dates(client: Client) -> None:
    TermFactory(slug="word", changed_on="2026-03-04")
    HealthCategoryFactory()
    EditionFactory(race__slug="race")
    root = ElementTree.fromstring(client.get("/sitemap.xml").content)  # noqa: S314 - our own
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    found = {
        row.findtext("s:loc", "", names): row.findtext("s:lastmod", "", names)
        for row in root.findall("s:url", names)
    }
    assert found[f"{SITE}/glossary/word/"] == "2026-03-04"
    assert f"{SITE}/races/race/" in found
    assert f"{SITE}/glossary/category/training-workouts/" in found
    assert f"{SITE}/glossary/new/" in found
    # An empty shelf is not worth a visit; a page without a date of its own claims none.
    assert f"{SITE}/glossary/category/recovery-injury/" not in found
    assert found[f"{SITE}/"] == ""
    for address in found:
        assert client.get(address.removeprefix(SITE)).status_code == 200


@pytest.mark.django_db
def test_robots_name_the_sitemap_and_what_is_private(client: Client) -> None:
    text = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {SITE}/sitemap.xml" in text
    for private in ["/accounts/", "/organizers/", "/search/"]:
        assert f"Disallow: {private}\n" in text


@pytest.mark.django_db
def test_a_phone_that_keeps_the_site_finds_its_name_and_pictures(client: Client) -> None:
    page = client.get("/about/").content.decode()
    assert '<link rel="manifest" href="/site.webmanifest">' in page
    response = client.get("/site.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = json.loads(response.content)
    assert manifest["name"] == "Startline"
    pictures = [icon["src"] for icon in manifest["icons"]]
    for picture in [*pictures, client.get("/favicon.ico")["Location"]]:
        response = client.get(picture)
        assert response.status_code == 200
        response.getvalue()  # to the end, which closes the file


@pytest.mark.django_db
def test_who_runs_the_site_is_said_or_that_nobody_has_said_so(
    client: Client, settings: Settings
) -> None:
    settings.SITE_OPERATOR = "Ada Lovelace, London"
    page = client.get("/about/").content.decode()
    assert "Ada Lovelace, London." in page
    assert "again after 3 years" in page
    caches["pages"].clear()
    settings.SITE_OPERATOR = ""
    assert "has not said so yet" in client.get("/about/").content.decode()


@pytest.mark.django_db
def test_health_and_readiness(client: Client) -> None:
    for address, words in {
        "/healthz": "ok",
        "/readyz": "ok\nThe oldest task that is due has waited for 0 seconds.",
    }.items():
        response = client.get(address)
        assert (response.status_code, response.content.decode()) == (200, words)
        assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_can_be_kept_by_anyone(client: Client, address: str) -> None:
    TermFactory(slug="word", title="Word")
    EditionFactory(race__slug="race")
    response = client.get(address)
    assert response.status_code == 200
    assert "public" in response["Cache-Control"]
    assert "stale-if-error" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.content.decode()
    again = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    # Nor does it differ for someone signed in: a proxy would keep one person's page for all.
    member = client_of(UserFactory()).get(address)
    assert member.content == response.content
    assert "Cookie" not in member.get("Vary", "")
    assert client.post(address).status_code == 405


@pytest.mark.django_db
def test_a_changed_page_has_another_etag(client: Client) -> None:
    term = TermFactory(slug="word")
    before = client.get("/glossary/word/")["ETag"]
    Term.objects.filter(pk=term.pk).update(definition="Another one.")
    assert client.get("/glossary/word/", headers={"If-None-Match": before}).status_code == 200


@pytest.mark.django_db
def test_links_previews_have_what_they_need(client: Client) -> None:
    TermFactory(slug="word", title='Say "it" & go', definition='A "quoted" <b>definition</b>.')
    page = as_read(client.get("/glossary/word/?utm_source=mail").content.decode())
    assert f'<link rel="canonical" href="{SITE}/glossary/word/">' in page
    assert f'<meta property="og:url" content="{SITE}/glossary/word/">' in page
    assert 'og:title" content="Say &quot;it&quot; &amp; go"' in page
    assert 'name="description" content="A &quot;quoted&quot; &lt;b&gt;definition' in page
    assert "<b>definition" not in page
    for address in ["/glossary/word/", "/about/"]:
        page = as_read(client.get(address).content.decode())
        image = re.search(rf'og:image" content="{SITE}([^"]+)"', page)
        assert image
        picture = client.get(image[1])
        assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
        picture.close()


@pytest.mark.django_db
def test_security_headers_stand_on_every_page(client: Client) -> None:
    for address in ["/", "/accounts/login/", "/nope/", "/admin/login/"]:
        response = client.get(address, follow=True)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"


def _broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


class BrokenUrls:
    urlpatterns = [*urls.urlpatterns, path("broken/", _broken)]
    handler400, handler403 = urls.handler400, urls.handler403
    handler404, handler500 = urls.handler404, urls.handler500


@override_settings(ROOT_URLCONF=BrokenUrls)
def test_an_error_of_ours_gets_a_page_that_needs_nothing() -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/broken/")
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


@pytest.mark.django_db
def test_the_other_errors_have_pages_too(client: Client) -> None:
    missing = client.get("/nope/")
    assert missing.status_code == 404
    assert "No page here" in missing.content.decode()
    assert 'role="search"' in missing.content.decode()
    forged = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@example.com"})
    assert forged.status_code == 403
    assert "The form was too old" in forged.content.decode()
    odd = client.get("/", headers={"host": "evil.example"})
    assert odd.status_code == 400


@pytest.mark.django_db
def test_the_style_guide_shows_every_component_but_not_in_public(client: Client) -> None:
    assert client.get("/styleguide/").status_code == 404
    TermFactory()
    EditionFactory()
    page = styleguide(RequestFactory().get("/styleguide/")).content.decode()
    for part in ["signpost", "term-card", "race-card", "profile__line", "errorlist", "care__level"]:
        assert part in page
