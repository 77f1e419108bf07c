"""The house rules that a program can hold."""

import ast
import io
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import call_command

from glossary import urls as glossary_urls
from glossary.machines import urls as api_urls
from races import urls as race_urls

ROOT = Path(__file__).resolve().parent.parent
# From the bottom up: each may import those before it.
APPS = ["web", "glossary", "races", "organizers", "config"]


def imported_apps(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names & set(APPS)


@pytest.mark.parametrize("app", APPS)
def test_nothing_imports_upward(app: str) -> None:
    above = set(APPS[APPS.index(app) + 1 :])
    files = list((ROOT / app).rglob("*.py"))
    assert len(files) > 2
    wrong = {str(path): imported_apps(path) & above for path in files if "/tests/" not in str(path)}
    assert {path: apps for path, apps in wrong.items() if apps} == {}


def test_the_import_reader_sees_an_import(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("def f():\n    from organizers.models import User\nimport races.search.form\n")
    assert imported_apps(path) == {"organizers", "races"}


def test_no_module_for_leftovers() -> None:
    names = {path.stem for app in APPS for path in (ROOT / app).rglob("*.py")}
    assert not names & {"utils", "helpers", "core", "common", "misc"}


# What asks the machine, or the database, for the day: no test moves these, and the machine may be
# in another time zone than the site.
OTHER_CLOCKS = re.compile(
    r"\bdate\.today\b|\bdatetime\.(?:now|utcnow|today)\b|(?-i:\bNow\(\))|(?<!timezone\.)(?<!_)\bnow\(\)"
    r"|\b(?:current_date|current_time(?:stamp)?|localtimestamp|clock_timestamp)\b",
    re.IGNORECASE,
)


def test_today_comes_from_one_function() -> None:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    # They have run by then, each on its day; 0001 of web notes when a transaction began.
    files = [path for path in files if path.parent.name != "migrations"]
    assert len(files) > 100
    found = {str(path): OTHER_CLOCKS.findall(path.read_text()) for path in files}
    assert {path: words for path, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "code",
    ["date.today()", "datetime.now(UTC)", "datetime.utcnow()", "Now()", "SELECT now()",
     "day < CURRENT_DATE", "clock_timestamp()"],
)  # fmt: skip
def test_another_clock_is_seen(code: str) -> None:
    assert OTHER_CLOCKS.search(code)
    assert not OTHER_CLOCKS.search("timezone.now() history.check_now() self.known()")


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())


def settings_read() -> set[str]:
    """Names that the code takes from the environment."""
    names: set[str] = set()
    for path in (ROOT / "config").rglob("*.py"):
        text = path.read_text()
        names |= set(re.findall(r'\b[eE]nv(?:\(\))?(?:\.\w+)?\(\s*"([A-Z_]+)"', text))
        names |= set(re.findall(r'environ(?:\.get|\.setdefault)?[\[(]"([A-Z_]+)"', text))
    # The first is Django's; the second is what serve tells its own children.
    return names - {"DJANGO_SETTINGS_MODULE", "STARTLINE_EMBEDDED"}


def test_every_setting_is_documented() -> None:
    read = settings_read()
    assert {"SECRET_KEY", "DATABASE_URL", "SITE_URL", "EMAIL_URL", "PORT"} <= read
    documented = set(
        re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )
    assert documented == read


def test_the_readme_names_the_two_commands_on_its_first_screen() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:40])
    for words in ["make run", "make test", ".png"]:
        assert words in first_screen


def test_no_test_file_is_left_uncollected() -> None:
    tests = ROOT / "tests"
    helpers = {"__init__", "clock", "conftest", "factories", "settings"}
    for path in tests.rglob("*.py"):
        if "def test_" in path.read_text():
            assert path.name.startswith("test_"), path
        elif path.stem not in helpers:
            assert path.stem.startswith("test_"), path


# Addresses of the two public apps that are no page for a proxy to keep, each with its reason.
NOT_PUBLIC_PAGES = {
    "preview",  # a link that expires, to what is not public
    "feedback",  # it takes a POST, and what was typed must not be kept
    "feedback_thanks",  # the answer to that POST
}


@pytest.mark.parametrize("urls", [glossary_urls, api_urls, race_urls])
def test_public_views_are_named_public(urls: ModuleType) -> None:
    """A view of a public app without @public_page would miss its caching and safety."""
    for pattern in urls.urlpatterns:
        is_public = getattr(pattern.callback, "is_public_page", False)
        assert is_public != (pattern.name in NOT_PUBLIC_PAGES), pattern
