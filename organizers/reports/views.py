"""“Wrong?” beside a fact of a race, answered without a cookie, as “Was this page helpful?” is."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from organizers.models import Report
from organizers.reports.facts import said
from organizers.reports.forms import ReportForm, plain
from races.models import Race
from races.reading.views import moved_or_gone
from web import limits
from web.origins import sent_from_here

# From one network in an hour.
MOST_REPORTS = 10
# A field that people do not see; what fills it in is a program.
TRAP = "website"
HEADINGS = {
    Report.About.DATE: "Is the date wrong?",
    Report.About.PLACE: "Is the place wrong?",
    Report.About.DISTANCES: "Are the distances wrong?",
    Report.About.PRICE: "Is the price wrong?",
    Report.About.REGISTRATION: "Is the registration wrong?",
    Report.About.ENTRY: "Is how to get in wrong?",
    Report.About.WEBSITE: "Is the website wrong?",
    Report.About.DESCRIPTION: "Is the description wrong?",
    Report.About.OTHER: "Is something wrong?",
}


# Without a token, which would need a cookie. Nothing is done in anyone's name here.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def wrong(request: HttpRequest, slug: str) -> HttpResponse:
    """The form about one fact, and where it sends to. What is unknown is about something else."""
    race = Race.objects.published().for_race_page().filter(slug=slug).first()
    about = request.GET.get("about", "")
    about = about if about in Report.About.values else Report.About.OTHER.value
    if race is None:
        response = moved_or_gone(request, slug, "reports:wrong")
        if "Location" in response:
            response["Location"] += f"?about={about}"
        return response
    if request.method != "POST":
        return _form(request, race, about, ReportForm())
    if sent_from_here(request) is False:
        raise PermissionDenied("Sent from another site.")
    typed = {name: plain(request.POST.get(name, "")) for name in ReportForm.base_fields}
    form = ReportForm(typed)
    if not request.POST.get(TRAP):
        if not form.is_valid():
            return _form(request, race, about, form, 422)
        if not limits.allows(request, "report", MOST_REPORTS):
            response = _form(request, race, about, form, 429)
            response["Retry-After"] = str(int(limits.HOUR.total_seconds()))
            return response
        Report.objects.create(race=race, about=about, said=said(race, about), **form.cleaned_data)
    answer = HttpResponseRedirect(reverse("reports:thanks", args=[race.slug]))
    answer.status_code = 303
    return answer


def _form(
    request: HttpRequest, race: Race, about: str, form: ReportForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "race": race,
        "about": about,
        "asks": HEADINGS[Report.About(about)],
        "said": said(race, about),
        "form": form,
        "is_too_many": status == 429,
    }
    return render(request, "organizers/report_form.html", context, status=status)


@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    race = Race.objects.published().filter(slug=slug).first()
    if race is None:
        return moved_or_gone(request, slug, "reports:thanks")
    return render(request, "organizers/report_thanks.html", {"race": race})
