from django.apps import AppConfig


class OrganizersConfig(AppConfig):
    name = "organizers"

    def ready(self) -> None:
        # Races know no owner, yet a changed date is told to the race's.
        from organizers import mail
        from races import publishing

        publishing.followers.append(mail.date_changed)
