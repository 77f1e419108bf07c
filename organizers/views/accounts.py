"""One's own account: proving who one is, staff's second factor, leaving."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from organizers.accounts import signing_in
from organizers.models import Organizer
from organizers.privacy import leaving
from organizers.views.submissions import MemberRequest, _next, only_posted

AFTER = "after-second-factor"


@never_cache
@login_required
@require_safe
def account(request: MemberRequest) -> HttpResponse:
    has_factor = signing_in.has_second_factor(request.user)
    return render(request, "organizers/account.html", {"has_factor": has_factor})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def again(request: MemberRequest) -> HttpResponse:
    """For someone without a password: they prove that it is them by signing in once more."""
    if signing_in.way_to_prove(request.user) != "code":
        return redirect("organizers:account")
    wanted = _next(request, reverse("organizers:account"))
    if request.method == "POST" and not request.user.is_staff:
        answer = QueryDict(mutable=True)
        answer.update({"email": request.user.email, "next": wanted})
        logout(request)
        request.POST = answer  # type: ignore[assignment]
        response: HttpResponse = resolve(reverse("account_request_login_code")).func(request)
        return response
    return render(request, "organizers/again.html", {"next": wanted})


@never_cache
@login_required
@require_safe
def second_factor(request: MemberRequest) -> HttpResponse:
    """Where the admin leads staff who have none; and on, once they have one."""
    if not request.user.is_staff:
        raise PermissionDenied
    if "next" in request.GET:
        request.session[AFTER] = _next(request, reverse("admin:index"))
    if signing_in.has_second_factor(request.user):
        return _go_on(request)
    can_wait = signing_in.second_factor_can_wait(request)
    return render(request, "organizers/second_factor.html", {"can_wait": can_wait})


@never_cache
@only_posted("organizers:second_factor")
def put_off_second_factor(request: MemberRequest) -> HttpResponse:
    """Until the next sign-in."""
    if not (request.user.is_staff and signing_in.second_factor_can_wait(request)):
        raise Http404
    request.session[signing_in.PUT_OFF] = True
    return _go_on(request)


def _go_on(request: HttpRequest) -> HttpResponse:
    # Not redirect(), which looks a word without a slash up as the name of a view.
    return HttpResponseRedirect(request.session.pop(AFTER, reverse("admin:index")))


@never_cache
@login_required
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "POST"])
def delete_account(request: MemberRequest) -> HttpResponse:
    if request.method == "POST" and request.POST.get("sure"):
        try:
            leaving.delete_account(request.user)
        except leaving.LastAdministrator as error:
            messages.error(request, error.message)
            return redirect("organizers:account")
        logout(request)
        return redirect("organizers:goodbye")
    alone = [
        organizer
        for organizer in Organizer.objects.filter(members=request.user)
        if organizer.memberships.count() == 1
    ]
    context = {"alone": alone, "not_sure": request.method == "POST"}
    status = 422 if request.method == "POST" else 200
    return render(request, "organizers/delete_account.html", context, status=status)


@never_cache
@require_safe
def goodbye(request: HttpRequest) -> HttpResponse:
    return render(request, "organizers/goodbye.html")
