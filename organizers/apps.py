from django.apps import AppConfig


class OrganizersConfig(AppConfig):
    name = "organizers"

    def ready(self) -> None:
        # Races know no owner, yet what hangs on one here is told from here: a changed date to its
        # owner, a deleted race to its listing, and to programs whose a race is.
        from allauth.account.signals import authentication_step_completed
        from allauth.mfa.signals import authenticator_used

        from organizers import mail, ownership
        from organizers.accounts import signing_in
        from organizers.alerts import signing_up
        from races import publishing
        from races.history import versions
        from races.machines import api

        publishing.followers.append(mail.date_changed)
        versions.followers.append(ownership.follower)
        api.listings.append(ownership.listed)
        mail.refused_followers.append(signing_up.address_refused)
        authentication_step_completed.connect(signing_in.remember_step)
        authenticator_used.connect(signing_in.remember_factor)
