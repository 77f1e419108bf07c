from django.apps import AppConfig


class OrganizersConfig(AppConfig):
    name = "organizers"

    def ready(self) -> None:
        # Races may not import organizers: what hangs on a race here is told from here.
        from organizers import ownership
        from races import history

        history.followers.append(ownership.follower)
