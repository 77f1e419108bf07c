"""All settings, read from the environment or from .env; .env.example describes each.

With DEBUG off, which is the default, there is no working default for a secret.
"""

import importlib.util
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import database

# Lets ModelAdmin[Term] and the like stand in code that runs, not only in what mypy reads.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="only-for-debugging") if DEBUG else env("SECRET_KEY")
# The address the public knows, without a slash at the end: canonical links, sitemap, mail.
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000") if DEBUG else env("SITE_URL")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if DEBUG else [])
ADMIN_PATH = env("ADMIN_PATH", default="admin").strip("/") + "/"
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / ".data")))

INSTALLED_APPS = [
    "config.apps.StartlineAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "import_export",
    "reversion",
    "web",
    "glossary",
    "races",
    "organizers",
]

MIDDLEWARE = [
    "config.pages.health.answered_first",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.private_by_default",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "web.keeping.kept_pages",
    "csp.middleware.CSPMiddleware",
    "config.middleware.without_broken_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    },
]

# Lets templates/django/forms/ say how a field looks.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# One database everywhere. Without an address, the PostgreSQL that comes with the packages runs.
DATABASE_URL = env("DATABASE_URL", default="")
if not DATABASE_URL:
    # Not at the top: production has it neither installed nor imported.
    try:
        from config.local import postgres
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(
            "Set DATABASE_URL: the embedded PostgreSQL (requirements-local.txt) is not installed."
        ) from error

    DATABASE_URL = postgres.url(DATA_DIR / "postgres")
DATABASES = {"default": {**env.db_url_config(DATABASE_URL), "CONN_HEALTH_CHECKS": True}}
DATABASES["default"]["ENGINE"] = "config.database"
DATABASES["default"].setdefault("OPTIONS", {}).update(
    pool={
        "min_size": 1,
        "max_size": 8,
        "connection_class": database.Connection,
        "timeout": 2,
        # The pool itself would wait longer and longer before it tries anew: here each asker does.
        "reconnect_timeout": 0,
    },
    # No page has a reason to take this long; a stranger's search must not.
    options="-c statement_timeout=15000",
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The first holds what processes must share (a file between preview and import). The others are made
# pages (web.keeping), in this process or in a Redis. Searches have their own share, so that whoever
# tries many can't push the words out; in a Redis they end sooner, and go first when it is full.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Keys hold visitors' addresses; in the table they are hashes.
        "KEY_FUNCTION": "web.limits.cache_key",
        # With the default of 300, many visitors would push each other's counts out.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "pages": {
        "BACKEND": "web.page_store.PageStore",
        "LOCATION": "pages",
        "TIMEOUT": 24 * 3600,
        "OPTIONS": {"MAX_BYTES": env.int("KEPT_PAGES_MB", default=48) * 2**20},
    },
    "searches": {
        "BACKEND": "web.page_store.PageStore",
        "LOCATION": "searches",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_BYTES": env.int("KEPT_SEARCHES_MB", default=16) * 2**20},
    },
}
if KEPT_PAGES_URL := env("KEPT_PAGES_URL", default=""):
    for name in ("pages", "searches"):
        CACHES[name] |= {"BACKEND": "web.redis_store.RedisPageStore", "LOCATION": KEPT_PAGES_URL}
# What a page is made of besides rows: one that another release has made is not shown.
PAGES_ARE_MADE_OF = ["requirements.txt", "config", "organizers", "races", "glossary", "web", "text"]
PAGES_ARE_MADE_OF += ["templates", "static"]
# How long a process may show what it made before a change that another has committed.
KEPT_PAGES_LOOK_SECONDS = 0.5

# What need not keep a request waiting is done by `manage.py worker`, as is what comes round again.
TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "mail"]},
}
PERIODIC_TASKS = {
    "web.tasks.fold_content_version": timedelta(minutes=1),
    "glossary.tasks.publish_overdue": timedelta(minutes=10),
    "web.tasks.forget_counts": timedelta(hours=1),
    "races.tasks.renew_search_base": timedelta(minutes=1),
    "races.tasks.roll_over": timedelta(days=1),
    "organizers.tasks.forget_what_is_over": timedelta(days=1),
    "organizers.tasks.forget_failed_mail": timedelta(days=1),
    "organizers.tasks.send_alerts": timedelta(days=1),
    "organizers.tasks.forget_unconfirmed_alerts": timedelta(hours=1),
    "web.tasks.forget_failed_tasks": timedelta(days=1),
}

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
# Its files alone: what it has for templates writes inline script.
LEAFLET = importlib.util.find_spec("leaflet")
if not LEAFLET or not LEAFLET.submodule_search_locations:
    raise ImproperlyConfigured("django-leaflet is missing: install requirements.txt.")
LEAFLET_FILES = Path(LEAFLET.submodule_search_locations[0]) / "static" / "leaflet"
STATICFILES_DIRS = [BASE_DIR / "static", ("leaflet", LEAFLET_FILES)]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "web.display_face.Finder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
# Where django-countries has a longer name, or another than readers know.
COUNTRIES_OVERRIDE = {
    "BS": "Bahamas",
    "CC": "Cocos Islands",
    "CG": "Republic of the Congo",
    "CI": "Ivory Coast",
    "FK": "Falkland Islands",
    "MF": "Saint Martin",
    "NR": "Nauru",
    "SX": "Sint Maarten",
    "TR": "Turkey",
    "US": "United States",
    "VG": "British Virgin Islands",
    "VI": "U.S. Virgin Islands",
    "XK": "Kosovo",
}

# Accounts: the email is the login, a code sent to it is the key. A password is optional.
AUTH_USER_MODEL = "organizers.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "organizers:dashboard"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_ADAPTER = "organizers.accounts.signing_in.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "organizers.accounts.signing_in.PasswordLoginForm",
    "reset_password": "organizers.accounts.signing_in.PasswordResetForm",
}
# One address each: a new one replaces it once its owner has typed the code sent to it.
ACCOUNT_CHANGE_EMAIL = True
# Before an address, a password or a second factor changes, whoever last proved longer ago that it
# is them is asked again (organizers/accounts/signing_in.py); afterwards they get a mail.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Staff need a second factor for the admin (config/admin.py); anyone may have one.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Startline"
# The code before and the one after count too, since a phone's clock and a thumb are both slow.
MFA_TOTP_TOLERANCE = 1
# Nobody gets in before their address is confirmed, so that a second one may wait for its code.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# How many proxies of ours stand before the site; rate limits need the visitor's own address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# Mail goes to the terminal unless the environment names a server: smtp://user:password@host:587
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
# No request waits for that server: the worker hands it what the queue holds.
MAIL_BACKEND = vars()["EMAIL_BACKEND"]
EMAIL_BACKEND = "organizers.mail.QueueBackend"
# Where people write to; it stands on public pages.
CONTACT_EMAIL = env("CONTACT_EMAIL", default="hello@startline.example")
# Who answers for the site: a name, and a place if the law asks for one. It stands on /about/.
SITE_OPERATOR = env("SITE_OPERATOR", default="")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"Startline <{CONTACT_EMAIL}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10

# Security. HTTPS=false is for a machine of one's own.
HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# Only `make run` with its own database offers it (config/local/serve.py), and only under an address
# that nobody else can ask for.
SECOND_FACTOR_CAN_WAIT = (
    env.bool("STARTLINE_LOOPBACK", default=False)
    and not HTTPS
    and urlsplit(SITE_URL).hostname in ("127.0.0.1", "localhost", "::1")
)
CSRF_FAILURE_VIEW = "config.pages.errors.csrf_failure"
if env.bool("BEHIND_HTTPS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
# Pictures of a map under the map of races, and whose they are. Empty: our own outlines.
MAP_TILE_URL = env("MAP_TILE_URL", default="")
MAP_TILE_CREDIT = env("MAP_TILE_CREDIT", default="")
TILE_HOST = "{0.scheme}://{0.netloc}".format(urlsplit(MAP_TILE_URL.replace("{s}", "*")))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *([TILE_HOST] if MAP_TILE_URL else [])],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "filters": {
        "brief": {"()": "django.utils.log.CallbackFilter", "callback": database.in_one_line},
    },
    "handlers": {
        "terminal": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["brief"],
        },
    },
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    # It warns of every answer to HEAD, whose body it takes away, as a server should.
    "loggers": {"gunicorn.http.wsgi": {"level": "ERROR"}},
}
