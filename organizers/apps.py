from django.apps import AppConfig


class OrganizersConfig(AppConfig):
    name = "organizers"

    def ready(self) -> None:
        # Races know no owner, yet what hangs on one here is told from here: a changed date to its
        # owner, a deleted race to its listing.
        from organizers import mail, ownership
        from races import history, publishing

        publishing.followers.append(mail.date_changed)
        history.followers.append(ownership.follower)
