"""Many terms at once: shown first, asked, done to what was shown. And addresses that stay."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from glossary.admin import bulk
from glossary.models import FormerAddress, Term
from organizers.models import User
from tests.desk import TERM_LIST, ask, save, say_yes
from tests.factories import TermFactory

pytestmark = pytest.mark.django_db


def groups(page: str) -> dict[str, list[str]]:
    """The terms under each heading of the page that asks."""
    sections = re.findall(r"<h2>(.*?) \(\d+\)</h2>\s*<ul>(.*?)</ul>", page, re.S)
    return {heading: re.findall(r">([^<]+)</a>", items) for heading, items in sections}


@pytest.fixture
def four(desk: Client) -> list[Term]:
    """One never public, one to come, one public, one public with a draft."""
    later = timezone.now() + timedelta(days=3)
    drafted = TermFactory(title="Drafted", body="Live body.")
    save(desk, drafted, body="Draft body.")
    drafted.refresh_from_db()
    return [
        TermFactory(title="New", state="draft"),
        TermFactory(title="Planned", publish_at=later, first_published_at=later),
        TermFactory(title="Public"),
        drafted,
    ]


def test_publishing_says_what_it_will_do_and_does_it_when_told(
    desk: Client, four: list[Term]
) -> None:
    back = TermFactory(title="Back", state="draft", first_published_at=timezone.now())
    page = ask(desk, "publish_chosen", *four, back)
    assert "Publish 4 terms?" in page
    assert groups(page) == {
        "New to readers": ["New"],
        "Back on the site, where they were before": ["Back"],
        "On the site now, not at the time that was planned": ["Planned"],
        "Their draft takes the place of the page that readers see": ["Drafted"],
        "Nothing happens: on the site already, without a draft": ["Public"],
    }
    assert Term.objects.published().count() == 2
    assert "4 published." in say_yes(desk, page)
    assert Term.objects.published().count() == 5
    assert Term.objects.get(title="Drafted").body == "Draft body."


def test_taking_off_says_what_it_will_do_and_does_it_when_told(
    desk: Client, four: list[Term]
) -> None:
    page = ask(desk, "unpublish_chosen", *four)
    assert "Take 3 terms off the site?" in page
    assert list(groups(page).values()) == [["Public"], ["Drafted"], ["Planned"], ["New"]]
    assert Term.objects.published().count() == 2
    assert "3 taken off the site." in say_yes(desk, page)
    assert not Term.objects.filter(state="published").exists()
    assert Client().get(four[2].get_absolute_url()).status_code == 410


@pytest.mark.parametrize(
    ("action", "state", "said"),
    [("publish_chosen", "published", "Nothing to publish"),
     ("unpublish_chosen", "draft", "Nothing to take off the site")],
)  # fmt: skip
def test_where_nothing_would_happen_nothing_is_asked(
    desk: Client, action: str, state: str, said: str
) -> None:
    assert said in ask(desk, action, TermFactory(state=state))


def test_what_changed_since_it_was_shown_is_shown_anew(desk: Client, four: list[Term]) -> None:
    page = ask(desk, "publish_chosen", *four)
    Term.objects.filter(title="New").update(state="published", first_published_at=timezone.now())
    again = say_yes(desk, page)
    assert "Nothing was done" in again
    assert Term.objects.get(title="Drafted").body == "Live body."
    assert "2 published." in say_yes(desk, again)


def test_all_that_a_filter_finds_are_taken_and_no_other(desk: Client) -> None:
    found = [TermFactory(title=f"Found {n}", state="draft") for n in range(120)]
    TermFactory(title="Other", state="draft")
    address = f"{TERM_LIST}?q=found"
    page = ask(desk, "publish_chosen", found[0], address=address, select_across="1")
    assert "Publish 120 terms?" in page
    assert "120 published." in say_yes(desk, page, address)
    assert Term.objects.published().count() == 120
    # Under another filter it would be other terms: they are shown first.
    page = ask(desk, "unpublish_chosen", found[0], address=address, select_across="1")
    assert "Nothing was done" in say_yes(desk, page, f"{TERM_LIST}?q=found+1")
    assert Term.objects.published().count() == 120


def test_a_long_list_is_cut(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "SHOWN", 1)
    page = ask(desk, "publish_chosen", *[TermFactory(state="draft") for _ in range(3)])
    assert "And 2 more." in page
    assert "Publish 3 terms?" in page


def test_the_right_is_asked_for_again(desk: Client, editor: User) -> None:
    term = TermFactory(state="draft")
    page = ask(desk, "publish_chosen", term)
    editor.groups.clear()
    editor.user_permissions.add(Permission.objects.get(codename="view_term"))
    say_yes(desk, page)
    ask(desk, "publish_chosen", term)
    assert not Term.objects.published().exists()
    assert term.title not in Client().get("/glossary/a-to-z/").content.decode()


# Former addresses.


def test_nobody_deletes_a_former_address(desk: Client, root: Client) -> None:
    addresses = [
        FormerAddress.objects.create(slug="old", term=TermFactory(slug="newer")),
        FormerAddress.objects.create(slug="gone"),
    ]
    changelist = "/admin/glossary/formeraddress/"
    for client in (desk, root):
        for address in addresses:
            form = f"{changelist}{address.pk}/"
            assert client.get(f"{form}change/").status_code == 200
            assert 'class="deletelink"' not in client.get(f"{form}change/").content.decode()
            assert client.post(f"{form}delete/", {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [a.pk for a in addresses]}
        client.post(changelist, {**chosen, "post": "yes"})
        assert "delete_selected" not in client.get(changelist).content.decode()
    assert Client().get("/glossary/old/").status_code == 301
    assert Client().get("/glossary/gone/").status_code == 410


def test_editors_have_no_right_to_delete_one(editor: User) -> None:
    assert editor.has_perm("glossary.change_formeraddress")
    assert not editor.has_perm("glossary.delete_formeraddress")


def test_a_former_address_is_pointed_elsewhere_but_stays_itself(desk: Client) -> None:
    address = FormerAddress.objects.create(slug="old", term=TermFactory())
    other = TermFactory(slug="other")
    form = f"/admin/glossary/formeraddress/{address.pk}/change/"
    assert desk.post(form, {"slug": "hijacked", "term": other.pk}).status_code == 302
    assert Client().get("/glossary/old/")["Location"] == "/glossary/other/"
    assert Client().get("/glossary/hijacked/").status_code == 404
    page = desk.get("/admin/glossary/formeraddress/").content.decode()
    assert other.title in page


def test_the_address_of_a_page_is_not_made_to_lead_elsewhere(desk: Client) -> None:
    here, other = TermFactory(slug="here"), TermFactory()
    add = "/admin/glossary/formeraddress/add/"
    page = desk.post(add, {"slug": "here", "term": other.pk}).content.decode()
    assert f"“{here}” has this address now" in page
    assert desk.post(add, {"slug": "elsewhere", "term": other.pk}).status_code == 302


def test_a_term_with_former_addresses_is_deleted(desk: Client, root: Client) -> None:
    for client in (desk, root):
        term = TermFactory(slug=f"t{id(client)}")
        FormerAddress.objects.create(slug=f"old{id(client)}", term=term)
        response = client.post(f"{TERM_LIST}{term.pk}/delete/", {"post": "yes"})
        assert response.status_code == 302
        assert Client().get(f"/glossary/old{id(client)}/").status_code == 410
    assert not Term.objects.exists()
