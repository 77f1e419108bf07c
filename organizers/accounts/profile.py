"""The profile of an organizer, and whose it is."""

from django import forms
from django.db import transaction

from organizers.models import Membership, Organizer, Plan, User


class OrganizerForm(forms.ModelForm[Organizer]):
    class Meta:
        model = Organizer
        fields = ["name", "website", "contact_email"]
        labels = {"name": "Name of the organizer", "contact_email": "Contact email"}
        help_texts = {"name": "The club, the company or yourself. It stands on your race pages."}

    website = forms.URLField(max_length=300, required=False, assume_scheme="https")


def organizer_of(user: User) -> Organizer | None:
    return Organizer.objects.filter(memberships__user=user).select_related("plan").first()


@transaction.atomic
def save_profile(form: OrganizerForm, user: User) -> None:
    """Save a valid profile; a new one is on the Starter plan, and the user owns it."""
    is_new = form.instance.pk is None
    # Held until the end, so that a form sent twice at once does not make two organizers.
    User.objects.select_for_update().get(pk=user.pk)
    if is_new and organizer_of(user):
        return
    if is_new:
        form.instance.plan = Plan.objects.get(slug="starter")
    organizer = form.save()
    if is_new:
        Membership.objects.create(organizer=organizer, user=user, role=Membership.Role.OWNER)
