from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organizers.accounts.profile import OrganizerForm, organizer_of, save_profile
from organizers.models import Listing, Membership, Organizer, Submission, User
from organizers.submissions import typed, workflow
from organizers.submissions.forms import MAX_DISTANCES
from organizers.submissions.submission_forms import SubmissionForms
from web.public_pages import public_page

# What one person may have unfinished or waiting: more than any organizer needs, less than a flood.
MAX_OPEN_SUBMISSIONS = 30
OPEN_STATES = [Submission.State.DRAFT, Submission.State.PENDING]


class MemberRequest(HttpRequest):
    """A request that login_required has let through."""

    user: User


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Like login_required, but what a form brought waits until its writer has signed in again."""
    as_member = login_required(view)

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and request.user.is_anonymous and typed.keep(request):
            messages.info(
                request,
                "You were signed out. Sign in again, and the form comes back as you typed it.",
            )
        return as_member(request, *args, **kwargs)

    return inner


def only_posted(page: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Like login_required and require_POST; but who must sign in first comes to `page`, where the
    button is, since nothing can be opened at the address that it posts to.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated:
                return require_POST(view)(request, **kwargs)
            if request.method == "POST":
                messages.info(
                    request,
                    "You were signed out, so nothing was done. Sign in again, then press the "
                    "button once more.",
                )
            return redirect_to_login(reverse(page, kwargs=kwargs))

        return inner

    return decorate


@public_page
def list_your_race(request: HttpRequest) -> HttpResponse:
    return render(request, "organizers/list_your_race.html")


@never_cache
@login_required
@require_safe
def dashboard(request: MemberRequest) -> HttpResponse:
    organizer = organizer_of(request.user)
    if organizer is None:
        return render(request, "organizers/welcome.html")
    submissions = Submission.objects.of(request.user).for_dashboard()
    listings = Listing.objects.filter(organizer=organizer)
    context = {
        "organizer": organizer,
        "is_owner": _owns(request.user, organizer),
        "submissions": [item for item in submissions if item.state != Submission.State.APPROVED],
        "listings": listings.select_related("race").prefetch_related("race__editions"),
    }
    return render(request, "organizers/dashboard.html", context)


def _owns(user: User, organizer: Organizer) -> bool:
    owners = Membership.objects.filter(organizer=organizer, role=Membership.Role.OWNER)
    return owners.filter(user=user).exists()


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    organizer = organizer_of(request.user)
    if organizer and not _owns(request.user, organizer):
        raise PermissionDenied
    came_back = _came_back(request)
    is_sent = request.method == "POST" and came_back is None
    form = OrganizerForm(request.POST if is_sent else None, instance=organizer, initial=came_back)
    if is_sent and form.is_valid():
        save_profile(form, request.user)
        typed.forget(request)
        messages.success(request, "Your profile is saved.")
        # Not redirect(), which looks a word without a slash up as the name of a view.
        return HttpResponseRedirect(_next(request, reverse("organizers:dashboard")))
    wrong = [(f.id_for_label, f.label, error) for f in form for error in f.errors]
    context = {
        "form": form,
        "organizer": organizer,
        "next": _next(request, ""),
        "wrong": wrong,
        "came_back": came_back is not None,
        "writer": typed.writer_note(request.user),
    }
    return render(request, "organizers/profile.html", context)


def _came_back(request: MemberRequest) -> dict[str, str] | None:
    """What was typed before, if it is to be shown again and not to be taken as sent."""
    if "go-on" in request.POST:
        return typed.posted(request)
    return None if request.method == "POST" else typed.kept(request)


def _next(request: HttpRequest, otherwise: str) -> str:
    """Where the visitor was on the way to, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    return wanted if url_has_allowed_host_and_scheme(wanted, hosts) else otherwise


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def new_submission(request: MemberRequest) -> HttpResponse:
    organizer = organizer_of(request.user)
    if organizer is None:
        return redirect(f"{reverse('organizers:profile')}?next={request.path}")
    waiting = Submission.objects.of(request.user).filter(state__in=OPEN_STATES).count()
    if waiting >= MAX_OPEN_SUBMISSIONS:
        return render(request, "organizers/too_many.html", {"waiting": waiting}, status=429)
    draft = Submission(organizer=organizer, submitted_by=request.user)
    return _edit(request, draft)


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def edit_submission(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Submission.objects.of(request.user), pk=pk)
    if "submit" not in workflow.open_to(workflow.Who.ORGANIZER, found):
        return redirect(found)
    return _edit(request, found)


def _edit(request: MemberRequest, submission: Submission) -> HttpResponse:
    """Show the forms, add a row to them, keep a draft, or send it for review."""
    if "start-afresh" in request.POST:
        typed.forget(request)
        return redirect(request.path)
    came_back = _came_back(request)
    if came_back is not None:
        forms = SubmissionForms(SubmissionForms.values_from(came_back.items()))
        return _show(request, submission, forms.without_complaints(), came_back=True)
    if request.method != "POST":
        forms = SubmissionForms(submission.values or None)
        return _show(request, submission, forms.without_complaints())
    values = SubmissionForms.values_from((name, str(v)) for name, v in request.POST.items())
    if "add-distance" in request.POST:
        forms = SubmissionForms(SubmissionForms.with_another_distance(values))
        return _show(request, submission, forms.without_complaints())
    forms = SubmissionForms(values)
    is_draft = "save-draft" in request.POST
    if not is_draft and not forms.is_valid():
        return _show(request, submission, forms, status=422)
    try:
        submission = _keep(submission, values)
        typed.forget(request)
        if is_draft:
            messages.success(request, "The draft is kept. It is not sent yet.")
            return redirect("organizers:edit_submission", submission.pk)
        workflow.submit(submission, request.user)
        messages.success(request, "Sent. We look at every race by hand and write to you.")
    except workflow.WrongState as error:
        messages.error(request, str(error))
    return redirect(submission)


@transaction.atomic
def _keep(submission: Submission, values: dict[str, str]) -> Submission:
    """Save what was typed and return the submission that holds it.

    Raises WrongState when it has left the organizer's hands meanwhile.
    """
    submission.values = values
    if submission._state.adding:
        # Held until the end, so that a form sent twice at once does not make two submissions.
        # 404 for who has deleted their account in another tab.
        get_object_or_404(User.objects.select_for_update(), pk=submission.submitted_by_id or 0)
        same = Submission.objects.filter(organizer=submission.organizer, values=values)
        twin = same.filter(state__in=OPEN_STATES).first()
        if twin is None:
            submission.save()
        return twin or submission
    locked = Submission.objects.select_for_update().get(pk=submission.pk)
    workflow.check_step("submit", locked)
    submission.save(update_fields=["values", "updated_at"])
    return submission


def _show(
    request: MemberRequest,
    submission: Submission,
    forms: SubmissionForms,
    status: int = 200,
    came_back: bool = False,
) -> HttpResponse:
    context = {
        "submission": submission,
        "forms": forms,
        "wrong": forms.wrong(),
        "came_back": came_back,
        "writer": typed.writer_note(request.user),
        "max_distances": MAX_DISTANCES,
    }
    return render(request, "organizers/edit_submission.html", context, status=status)


@never_cache
@login_required
@require_safe
def submission(request: MemberRequest, pk: int) -> HttpResponse:
    mine = Submission.objects.of(request.user).for_dashboard()
    found = get_object_or_404(mine, pk=pk)
    context = {
        "submission": found,
        "forms": SubmissionForms(found.values),
        "steps": workflow.open_to(workflow.Who.ORGANIZER, found),
    }
    return render(request, "organizers/submission.html", context)


@never_cache
@only_posted("organizers:submission")
def withdraw_submission(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Submission.objects.of(request.user), pk=pk)
    try:
        workflow.withdraw(found, request.user)
    except workflow.WrongState as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Withdrawn. Nobody will look at it any more.")
    return redirect("organizers:dashboard")
