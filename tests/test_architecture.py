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
# From the bottom up: each may import those before it, and so it is inside each app. What stands on
# one line may not import its neighbours either. tasks.py is below those who put tasks in the queue,
# and names the work itself only where it does it.
APPS = ["text", "web", "glossary", "races", "organizers", "config"]
ORDERS = {
    "glossary": [
        ["models", "tasks"],
        ["parts"],
        ["search"],
        ["reading"],
        ["machines", "linking"],
        ["publishing"],
        ["files"],
        ["quality"],
        ["admin", "management", "urls"],
        ["apps"],
    ],
    "races": [
        ["choices", "countries", "usual_date", "maps", "tasks"],
        ["models"],
        ["history", "search", "courses"],
        ["templatetags"],
        ["reading"],
        ["machines"],
        ["publishing"],
        ["rolling_over"],
        ["files"],
        ["admin", "management", "urls"],
        ["apps"],
    ],
    "organizers": [
        ["models", "tasks"],
        ["mail", "ownership"],
        ["alerts", "reports"],
        ["accounts"],
        ["submissions"],
        ["privacy"],
        ["views"],
        ["admin", "management", "urls"],
        ["apps"],
    ],
}


def imports(path: Path) -> set[str]:
    """What a file imports, as dotted names: "races.search.text" or "races.search.text.find"."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def modules_of(app: str) -> list[Path]:
    files = [path for path in (ROOT / app).rglob("*.py") if path.parent.name != "migrations"]
    assert len(files) > 4
    return files


def room_of(path: Path, app: str) -> str:
    return path.relative_to(ROOT / app).parts[0].removesuffix(".py")


@pytest.mark.parametrize("app", APPS)
def test_nothing_imports_upward(app: str) -> None:
    above = set(APPS[APPS.index(app) + 1 :])
    wrong = {
        str(path): up
        for path in (ROOT / app).rglob("*.py")
        if (up := {name.split(".")[0] for name in imports(path)} & above)
    }
    assert wrong == {}


@pytest.mark.parametrize("app", ORDERS)
def test_no_room_imports_upward_or_sideways(app: str) -> None:
    floors = {room: floor for floor, rooms in enumerate(ORDERS[app]) for room in rooms}
    wrong = []
    for path in modules_of(app):
        room = room_of(path, app)
        if room in {"__init__", "tasks"}:
            continue
        for name in imports(path):
            other = name.split(".")[1] if name.startswith(f"{app}.") else room
            if other != room and floors[other] >= floors[room]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []
    assert {room_of(path, app) for path in modules_of(app)} - {"__init__"} == set(floors)


@pytest.mark.parametrize("app", ORDERS)
def test_few_modules_stand_loose(app: str) -> None:
    assert len([path for path in (ROOT / app).glob("*.py") if path.stem != "__init__"]) <= 8


@pytest.mark.parametrize("app", ["text", "web"])
def test_the_lower_floors_know_no_content(app: str) -> None:
    """text has no Django model at all, web none but its own."""
    allowed = {"web.models"} if app == "web" else set()
    for path in modules_of(app):
        known = {name.rpartition(".")[0] for name in imports(path) if ".models" in name}
        foreign = {name for name in known if name.split(".")[0] in APPS}
        assert foreign <= allowed, path


def test_production_never_imports_what_make_run_needs() -> None:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    files = [path for path in files if (ROOT / "config/local") not in path.parents]
    wrong = [path for path in files if any("config.local" in name for name in imports(path))]
    # Only where no database is named.
    assert wrong == [ROOT / "config/settings.py"]


# What django-allauth's documentation names, and nothing behind it: an upgrade may move the rest.
OF_ALLAUTH = {
    "account.adapter.DefaultAccountAdapter",  # our way to sign in is a class of this one
    "account.adapter.get_adapter",  # its get_client_ip() knows how many proxies are ours
    "account.decorators.reauthentication_required",  # before an address or a password changes
    "account.forms.LoginForm",  # the forms that ACCOUNT_FORMS names are made of these two
    "account.forms.ResetPasswordForm",
    "account.models.EmailAddress",  # whose mail address it is, and whether they showed it
    "account.signals.authentication_step_completed",  # how someone showed that it is them, and when
    "account.views.EmailView",  # the pages that ask again before anything is typed
    "account.views.PasswordChangeView",
    "account.views.PasswordSetView",
    "core.exceptions.ImmediateHttpResponse",  # how an adapter leads elsewhere
    "mfa.adapter.get_adapter",  # its is_mfa_enabled() says whether there is a second factor
    "mfa.models.Authenticator",  # the second factors
    "mfa.signals.authenticator_used",  # which of them was used
}


def test_of_allauth_only_what_it_documents_is_imported() -> None:
    files = [path for folder in [*APPS, "tests"] for path in (ROOT / folder).rglob("*.py")]
    used = {name for path in files for name in imports(path) if name.split(".")[0] == "allauth"}
    assert used == {f"allauth.{name}" for name in OF_ALLAUTH}


def test_the_import_reader_sees_an_import(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("def f():\n    from organizers.models import User\nimport races.forms\n")
    assert imports(path) == {"organizers.models.User", "races.forms"}


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
    helpers = {
        "__init__",
        "backstage",
        "clock",
        "conftest",
        "desk",
        "factories",
        "people",
        "settings",
    }
    for path in tests.rglob("*.py"):
        if "def test_" in path.read_text():
            assert path.name.startswith("test_"), path
        elif path.stem not in helpers:
            assert path.stem.startswith("test_"), path


def test_no_test_file_imports_from_another() -> None:
    """What two of them do stands in desk.py or backstage.py, what both have in conftest.py."""
    files = list((ROOT / "tests").rglob("*.py"))
    assert len(files) > 50
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imports(path)
        if name.startswith("tests.") and re.search(r"\.(?:test_\w+|conftest)\b", name)
    ]
    assert wrong == []


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


def test_the_architecture_page_names_every_room_and_nothing_else() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    tree = text.split("```")[1]
    app, named = "", set()
    for line in tree.splitlines():
        if found := re.match(r"( *)(\w+)/", line):
            app = app if found[1] else found[2]
            named.add(f"{app}/{found[2]}" if found[1] else found[2])
    rooms = {
        f"{app}/{path.name}"
        for app in APPS
        for path in (ROOT / app).iterdir()
        if path.is_dir() and path.name not in {"migrations", "__pycache__"}
    }
    assert {name for name in named if name.split("/")[0] in APPS} == {*APPS, *rooms}
    for path in re.findall(r"`((?:\w+/)+(?:[\w.]+)?)`", text):
        assert (ROOT / path).exists(), path


# What a running site, or a link that somebody was sent, knows by its name: it stays in any move.
NAMES_THAT_STAY = {
    "glossary/linking/relinking.py": ["hashtext('glossary.relinking')"],
    "races/files/loading.py": ["hashtext('races.loading')"],
    "races/models/naming.py": ["hashtext('races.names')"],
    "web/queue.py": ["hashtext('web.queue')"],
    "glossary/publishing/previews.py": ['SALT = "glossary.preview"'],
    "organizers/alerts/signing_up.py": ['SALT = "organizers.alerts.confirm"'],
    "organizers/submissions/typed.py": ['SALT = "organizers.typed"'],
}


@pytest.mark.parametrize("path", NAMES_THAT_STAY)
def test_lock_keys_and_salts_stay_as_they_are(path: str) -> None:
    text = (ROOT / path).read_text()
    for name in NAMES_THAT_STAY[path]:
        assert name in text


# A line break would stand in what a browser shows as it is: a title, an attribute, an address.
HAS_NO_BREAKS = re.compile(r" *{% block (?:title|description|canonical) %}.*{% endblock %}$")


def test_a_change_of_a_page_or_its_looks_can_be_reviewed() -> None:
    files = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/css/*.css")]
    assert len(files) > 100
    # Mails are plain text, whose line ends are the template's own.
    long = [
        f"{path.relative_to(ROOT)}:{number} has {len(line)} characters"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 130 and not HAS_NO_BREAKS.fullmatch(line)
    ]
    assert long == []
