import pytest
@pytest.mark.django_db
def test_after(moderator, membership):
    assert membership.organizer.plan.slug=="starter" and moderator.has_perm("organizers.decide_submission")
    from glossary.models import Term
    assert not Term.objects.exists()
