"""Every module of this folder, or nothing of it would be registered."""

from organizers.admin import moderation as moderation
