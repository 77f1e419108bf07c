from allauth.account.decorators import reauthentication_required
from allauth.account.views import EmailView, PasswordChangeView, PasswordSetView
from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.decorators.cache import cache_control

from config.pages import errors, home, machines, near, search
from config.pages.sitemaps import SITEMAPS
from config.pages.styleguide import styleguide
from organizers.views.submissions import list_your_race
from races.machines import calendars
from races.reading import comparing, embeds, my_list

asks_again = reauthentication_required(app="allauth.account")

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("search/suggestions/", search.suggestions, name="suggestions"),
    path("near/", near.next_near, name="near"),
    path("near/<slug:slug>/", near.word_near, name="word_near"),
    path("about/", home.about, name="about"),
    path("glossary/", include("glossary.urls")),
    path("races/search/alert/", include("organizers.alerts.urls")),
    path("races/<slug:slug>/wrong/", include("organizers.reports.urls")),
    path("races/", include("races.urls")),
    path("compare/", comparing.compare, name="compare"),
    path("my-list/", my_list.my_list, name="my_list"),
    path("my-list/races/", my_list.my_races, name="my_races"),
    path("embed/", embeds.how, name="embed"),
    path("embed/races/", embeds.search, name="embed_search"),
    path("embed/races/<slug:slug>/", embeds.race, name="embed_race"),
    path("my-list.ics", calendars.my_list, name="my_list_calendar"),
    path("api/v1/", include("glossary.machines.urls")),
    path("list-your-race/", list_your_race, name="list_your_race"),
    path("organizers/", include("organizers.urls")),
    # allauth asks again only when these are sent; here nothing is typed before it has asked.
    path("accounts/email/", asks_again(EmailView.as_view()), name="account_email"),
    path(
        "accounts/password/change/",
        asks_again(PasswordChangeView.as_view()),
        name="account_change_password",
    ),
    path(
        "accounts/password/set/",
        asks_again(PasswordSetView.as_view()),
        name="account_set_password",
    ),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("privacy/", home.privacy, name="privacy"),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("site.webmanifest", machines.manifest, name="manifest"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("robots.txt", machines.robots, name="robots"),
    path("llms.txt", machines.llms, name="llms"),
    path(
        "sitemap.xml",
        cache_control(public=True, max_age=3600)(sitemap),
        {"sitemaps": SITEMAPS},
        name="sitemap",
    ),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
