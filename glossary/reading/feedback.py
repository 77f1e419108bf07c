"""“Was this page helpful?”, asked on every word's page and answered without a cookie."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from glossary.models import FEEDBACK_LENGTH, Feedback, Term
from glossary.reading.views import moved_or_gone
from web import limits
from web.origins import sent_from_here

# From one address in an hour.
MOST_ANSWERS = 10
# A field that people do not see; what fills it in is a program.
TRAP = "website"


class FeedbackForm(forms.Form):
    text = forms.CharField(
        label="What is wrong?",
        help_text=f"At most {FEEDBACK_LENGTH:,} characters. Tell us nothing about yourself: "
        "we cannot answer, and we do not keep who sent this.",
        max_length=FEEDBACK_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        error_messages={
            "required": "Write a few words, so that we know what to look at.",
            "max_length": "At most %(limit_value)d characters; this has %(show_value)d.",
        },
    )


# Without a token, which would need a cookie. Nothing is done in anyone's name here: all that a
# forged answer could do is what its sender may do anyway.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The form for what is wrong; and where that form and the buttons of the page send to."""
    term = Term.objects.published().filter(slug=slug).first()
    if term is None:
        return moved_or_gone(request, slug, "glossary:feedback")
    if request.method != "POST":
        return form_page(request, term, FeedbackForm())
    if sent_from_here(request) is False:
        raise PermissionDenied("Sent from another site.")
    answer = request.POST.get("answer", "")
    if answer not in Feedback.Answer.values:
        return form_page(request, term, FeedbackForm(), status=400)
    if answer == Feedback.Answer.WRONG:
        return something_is_wrong(request, term)
    return received(request, term, answer) or render(request, "429.html", status=429)


def something_is_wrong(request: HttpRequest, term: Term) -> HttpResponseBase:
    if "text" not in request.POST:
        return see_other("glossary:feedback", term)
    # Browsers count a line break as one character and send two.
    text = request.POST["text"].replace("\r\n", "\n").replace("\x00", "")
    form = FeedbackForm({"text": text})
    if not form.is_valid():
        return form_page(request, term, form, status=422)
    answered = received(request, term, Feedback.Answer.WRONG, form.cleaned_data["text"])
    return answered or form_page(request, term, form, status=429)


def received(request: HttpRequest, term: Term, answer: str, text: str = "") -> HttpResponse | None:
    """Keep the answer and thank for it; None when this visitor has sent too many."""
    if request.POST.get(TRAP):
        return see_other("glossary:feedback_thanks", term)
    if not limits.allows(request, "feedback", MOST_ANSWERS):
        return None
    Feedback.objects.create(term=term, answer=answer, text=text)
    return see_other("glossary:feedback_thanks", term)


def see_other(view_name: str, term: Term) -> HttpResponse:
    response = redirect(view_name, term.slug)
    response.status_code = 303
    return response


def form_page(
    request: HttpRequest, term: Term, form: FeedbackForm, status: int = 200
) -> HttpResponse:
    context = {"term": term, "form": form, "is_too_many": status == 429}
    return render(request, "glossary/feedback.html", context, status=status)


@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    term = Term.objects.published().filter(slug=slug).first()
    if term is None:
        raise Http404("No such term.")
    return render(request, "glossary/feedback_thanks.html", {"term": term})
