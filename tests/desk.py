"""What a tester does at the desk: sign in, open a form, change it, send it, read the answer."""

import base64
import csv
import hmac
import io
import re
import time
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils.html import strip_tags
from reversion.models import Version

from glossary.admin.formats import FORMATS
from glossary.models import Term
from organizers.accounts import signing_in
from organizers.models import User
from races.models import Race
from tests.factories import AuthenticatorFactory, CategoryFactory

# Signing in.


def client_of(user: User) -> Client:
    """Somebody who has just signed in: with a code by mail, staff with their second factor too."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    request = HttpRequest()
    request.user, request.session = user, client.session
    signing_in.remember_step(request, user, "code")
    if user.is_staff:
        signing_in.remember_factor(request, user, AuthenticatorFactory(user=user))
    request.session.save()
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/organizers/").status_code == 200


def code_in(body: str) -> str:
    found = re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", body, re.MULTILINE)
    assert found, body
    return found[1]


def app_code(secret: str) -> str:
    """What the app on the phone shows (RFC 6238)."""
    half_minute = (int(time.time()) // 30).to_bytes(8, "big")
    digest = hmac.digest(base64.b32decode(secret), half_minute, "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


# Any page.


def as_read(page: str) -> str:
    """HTML as a browser reads it: a line's end is a space, and at the edge of a block nothing."""
    text = re.sub(r"\s+", " ", page)
    block = "(?:dd|dt|li|p|td|th|h[1-6]|div|code)"
    return re.sub(rf"(<{block}\b[^>]*>) | (?=</{block}>)", r"\1", text)


# Any form.


class FormReader(HTMLParser):
    """The fields of a page as a browser would send them, and the errors each is tied to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.described: dict[str, list[str]] = {}
        self.errors: dict[str, str] = {}
        self._textarea = self._select = self._error = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, str] = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag in {"input", "select", "textarea"} and name:
            self.described[name] = given.get("aria-describedby", "").split()
        if tag == "input" and given.get("type") in {"checkbox", "radio"}:
            if "checked" in given:
                self.values[name] = given.get("value", "on")
        elif tag == "input" and given.get("type") != "submit":
            self.values[name] = given.get("value", "")
        elif tag == "textarea":
            self._textarea, self.values[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in given or self._select not in self.values):
            self.values[self._select] = given.get("value", "")
        elif tag == "ul" and "errorlist" in given.get("class", ""):
            self._error = given.get("id", "?")
            self.errors[self._error] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # A browser drops the line break that HTML writes first in a textarea.
            self.values[self._textarea] = self.values[self._textarea].removeprefix("\n")
            self._textarea = ""
        elif tag == "ul":
            self._error = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea] += data
        elif self._error:
            self.errors[self._error] += data.strip()

    def error_of(self, field: str) -> str:
        """The error by this field, as a screen reader finds it."""
        named = [self.errors[tie] for tie in self.described[field] if tie in self.errors]
        return " ".join(named)


def read(response: HttpResponse) -> FormReader:
    return FormReader(response.content.decode())


def assert_all_kept(form: FormReader, values: dict[str, str]) -> None:
    for name, text in values.items():
        assert form.values.get(name, "") == text, name


# The form for a new race, at the director's desk.
NEW = "/organizers/submissions/new/"

# A form in admin.


def form_of(row: Model, page: str = "change") -> str:
    """The address of a row's form, or of another of its pages."""
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{page}/"


def typed_in(page: str) -> dict[str, str]:
    """What the admin's form would send as it stands on the page, whichever button is pressed."""
    form = re.search(r'<form[^>]*id="\w+_form".*?</form>', page, re.DOTALL)
    assert form
    values = FormReader(form[0]).values.items()
    return {name: text for name, text in values if name and "__prefix__" not in name}


def opened(client: Client, address: str) -> dict[str, str]:
    response = client.get(address)
    assert response.status_code == 200
    return typed_in(response.content.decode())


def save(client: Client, row: Model, button: str = "", **changes: str) -> Any:
    """Open the row's form, change something, press a button: of a word "_draft" or "_publish"."""
    button = button or ("_draft" if isinstance(row, Term) else "_save")
    address = form_of(row)
    return client.post(address, {**opened(client, address), **changes, button: "x"})


def errors(page: str) -> dict[str, str]:
    """By the id of each field beside which an error stands, the error."""
    lists = r'<ul class="errorlist"[^>]*id="(\w[\w-]*)_error"[^>]*>(.*?)</ul>'
    found = re.findall(lists, page, re.DOTALL)
    return {field: unescape(strip_tags(text)).strip() for field, text in found}


def delete(client: Client, row: Model) -> None:
    assert client.post(form_of(row, "delete"), {"post": "yes"}).status_code == 302
    assert not row._meta.model._default_manager.filter(pk=row.pk).exists()


# Words in admin.

INLINES = ["aliases", "key_facts", "tips", "faqs", "relations", "sources", "care_advice"]


def term_values(**changes: str) -> dict[str, str]:
    """The form of a new word, filled in."""
    values = {
        "title": "Fartlek",
        "slug": "fartlek",
        "category": str(CategoryFactory().pk),
        "definition": "Speed play.",
        "body": "Run fast when you like.",
        "publish_at_0": "",
        "publish_at_1": "",
        "significance": "minor",
        "link_title": "on",
        "race_query": "",
        "_publish": "Publish",
        "reviewed_by": "",
        "reviewed_on": "",
    }
    for prefix in INLINES:
        values |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return {**values, **changes}


def alias_values(*names: str) -> dict[str, str]:
    values = {"aliases-TOTAL_FORMS": str(len(names))}
    for number, name in enumerate(names):
        values |= {f"aliases-{number}-name": name, f"aliases-{number}-kind": "synonym"}
    return values


def page_of(slug: str) -> str:
    """The word's page, as a reader is shown it."""
    return Client().get(f"/glossary/{slug}/").content.decode()


def shared_link(client: Client, term: Term) -> str:
    response = client.get(form_of(term, "preview"))
    assert response.status_code == 302
    return str(response["Location"])


def versions(term: Term) -> list[Version]:
    return list(Version.objects.get_for_object_reference(Term, term.pk))


def recover(client: Client, term: Term, button: str = "_publish", **changes: str) -> Any:
    page = client.get(f"/admin/glossary/term/recover/{versions(term)[0].pk}/")
    form = page["Location"]
    return client.post(urlsplit(form).path, {**opened(client, form), **changes, button: "x"})


TERM_LIST = "/admin/glossary/term/"


def ask(client: Client, action: str, *terms: Term, address: str = TERM_LIST, **more: str) -> str:
    """Choose words in the list, and what to do to them. The page that asks whether to."""
    chosen = {"action": action, "_selected_action": [term.pk for term in terms], **more}
    return client.post(address, chosen, follow=True).content.decode()


def say_yes(client: Client, page: str, address: str = TERM_LIST) -> str:
    """Press the page's button, as a browser would."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page):
        fields.setdefault(name, []).append(value)
    return client.post(address, fields, follow=True).content.decode()


# Words from a file.

IMPORT = "/admin/glossary/term/import/"
NUMBERS = {form.title: str(number) for number, form in enumerate(FORMATS)}


def sheet(*rows: dict[str, Any]) -> bytes:
    """A CSV as someone would write it by hand, without the columns they don't care for."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def new(slug: str, **values: str) -> dict[str, str]:
    """A row of a sheet."""
    return {"slug": slug, "title": slug.title(), "category": CategoryFactory().slug,
            "definition": "A word.", "body": "About it.", **values}  # fmt: skip


def preview(client: Client, data: bytes, name: str, how: str = "at-once") -> str:
    upload = io.BytesIO(data)
    upload.name = f"words.{name}"
    values = {"format": NUMBERS[name], "resource": "0", "import_file": upload, "how": how}
    response = client.post(IMPORT, values)
    assert response.status_code == 200
    return response.content.decode()


def confirm(client: Client, page: str) -> str:
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    response = client.post("/admin/glossary/term/process_import/", dict(fields), follow=True)
    assert response.status_code == 200
    return response.content.decode()


def bring_in(client: Client, data: bytes, name: str, how: str = "at-once") -> str:
    page = preview(client, data, name, how)
    assert 'name="confirm"' in page, re.findall(r"<tr><td>.*</td>|<li>.*|Nothing is.*", page)
    return confirm(client, page)


# A race in admin.


def bring_back(client: Client, race: Race, version: Version) -> Any:
    address = form_of(race, f"history/{version.pk}")
    seen = re.search(r'name="seen" value="(\d+)"', client.get(address).content.decode())
    assert seen
    return client.post(address, {"seen": seen[1]})
