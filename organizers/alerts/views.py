"""The pages of an alert. None has a session, a cookie or a token of ours: nobody signs in here.

All that a form forged elsewhere could do is ask for a mail, which anybody may do anyway. Links in
mails are only shown when they are opened, since mail scanners open them: what they do is a POST.
"""

import re
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from organizers.alerts import signing_up
from organizers.alerts.searches import NotKept, canonical, in_words, must_be_kept
from organizers.models import Alert
from races.search.criteria import Problem, RaceSearch, read
from web import limits
from web.origins import sent_from_here

# From one network in an hour.
MOST_ASKED = 10
# A field that people do not see; what fills it in is a program.
TRAP = "website"
# What else the rules for addresses allow ('"a b"@[192.0.2.1]') nobody has; it only makes trouble.
PLAIN = re.compile(r"[^\s\"'<>(),;:\\\[\]\x00-\x1f\x7f]+")


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="Your email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Where shall we write to?",
            "invalid": "This is no email address: it looks like name@example.org.",
        },
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not PLAIN.fullmatch(email):
            raise ValidationError("We can’t write to an address of this kind.")
        return email.lower()


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    asked, problems = read(request.GET)
    search = canonical(asked)
    try:
        must_be_kept(search)
    except NotKept as reason:
        status = 422 if request.method == "POST" else 200
        return _form(request, search, problems, None, status, reason=str(reason))
    if request.method != "POST":
        return _form(request, search, problems, AddressForm())
    _must_be_sent_from_here(request)
    form = AddressForm(request.POST)
    if request.POST.get(TRAP):
        return _sent(search)
    if not form.is_valid():
        return _form(request, search, problems, form, 422)
    if not limits.allows(request, "alert", MOST_ASKED):
        response = _form(request, search, problems, form, 429)
        response["Retry-After"] = str(int(limits.HOUR.total_seconds()))
        return response
    signing_up.ask(form.cleaned_data["email"], search)
    return _sent(search)


def _must_be_sent_from_here(request: HttpRequest) -> None:
    if sent_from_here(request) is False:
        raise PermissionDenied("Sent from another site.")


def _form(
    request: HttpRequest,
    search: RaceSearch,
    problems: list[Problem],
    form: AddressForm | None,
    status: int = 200,
    reason: str = "",
) -> HttpResponse:
    context = {
        **_of(search),
        "left_out": problems,
        "form": form,
        "reason": reason,
        "is_too_many": status == 429,
        "most": signing_up.MOST_OF_AN_ADDRESS,
    }
    return render(request, "organizers/alert_form.html", context, status=status)


def _of(search: RaceSearch) -> dict[str, Any]:
    return {
        "search": search,
        "words": in_words(search),
        "sign_up_address": signing_up.sign_up_address(search),
    }


def _sent(search: RaceSearch) -> HttpResponse:
    query = search.to_query()
    response = HttpResponseRedirect(reverse("alerts:sent") + (f"?{query}" if query else ""))
    response.status_code = 303
    return response


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "organizers/alert_sent.html", _of(canonical(read(request.GET)[0])))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    alert = signing_up.meant_by(token)
    if alert is None:
        return render(request, "organizers/alert_link_over.html", status=410)
    if request.method != "POST":
        return render(request, "organizers/alert_confirm.html", _of_alert(alert))
    _must_be_sent_from_here(request)
    try:
        signing_up.confirm(alert)
    except NotKept as reason:
        context = {**_of_alert(alert), "reason": reason}
        return render(request, "organizers/alert_confirm.html", context, status=422)
    response = HttpResponseRedirect(request.path)
    response.status_code = 303
    return response


def _of_alert(alert: Alert) -> dict[str, Any]:
    return {"alert": alert, **_of(alert.search)}


# A mail program has neither cookie nor token, and no page of ours it could come from (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, key: str) -> HttpResponse:
    """By POST, at once and as often as one likes. Opened as a link it only asks."""
    if request.method == "POST":
        signing_up.end(key, all_of_its_address=request.POST.get("which") == "all")
        return render(request, "organizers/alert_ended.html")
    alert = Alert.objects.filter(key=key).first()
    if alert is None:
        return render(request, "organizers/alert_ended.html")
    others = Alert.objects.filter(email=alert.email).exclude(pk=alert.pk).count()
    context = {**_of_alert(alert), "others": others}
    return render(request, "organizers/alert_end.html", context)
