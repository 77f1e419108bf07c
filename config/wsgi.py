"""The WSGI application, as gunicorn loads it."""

import os

from django.core.wsgi import get_wsgi_application

from config import database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

database.watch()
