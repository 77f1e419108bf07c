from django.apps import AppConfig


class OrganizersConfig(AppConfig):
    name = "organizers"

    def ready(self) -> None:
        # Races know no owner, yet what hangs on one here is told from here: a changed date to its
        # owner, a deleted race to its listing.
        from organizers import mail, ownership
        from races import publishing
        from races.history import versions

        publishing.followers.append(mail.date_changed)
        versions.followers.append(ownership.follower)
