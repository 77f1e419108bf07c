"""Every module of this folder, or nothing of it would be registered."""

from organizers.admin import alerts as alerts
from organizers.admin import moderation as moderation
from organizers.admin import organizers as organizers
from organizers.admin import people as people
from organizers.admin import reports as reports
from organizers.admin import unsent_mail as unsent_mail
