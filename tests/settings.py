"""The site's own settings, with what tests need: a throwaway database, a fast hasher, mail kept."""

import os
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "not-a-secret-only-for-tests")
os.environ["DEBUG"] = "false"
os.environ["HTTPS"] = "false"
os.environ["SITE_URL"] = "https://startline.example"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["EMAIL_URL"] = "memorymail://"
os.environ["KEPT_PAGES_URL"] = ""

from config.local import postgres  # noqa: E402

DATA = Path(__file__).resolve().parent.parent / ".data"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or postgres.url(
    DATA / "test-postgres", durable=False
)

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A pool would keep connections to a test database that is about to be dropped.
DATABASES["default"]["OPTIONS"].pop("pool")  # noqa: F405
# Serve files from static/ itself, so that tests need no collectstatic first.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# Look at each request, so that no test need wait.
KEPT_PAGES_LOOK_SECONDS = 0
