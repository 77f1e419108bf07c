from django.urls import path

from races.machines import api, calendars, feeds, tables
from races.reading import courses, places, views, whereabouts

app_name = "races"

urlpatterns = [
    path("", views.search, name="search"),
    path("search.ics", calendars.search, name="search_calendar"),
    path("search.atom", feeds.search, name="search_feed"),
    path("search.json", api.search, name="search_json"),
    path("search.csv", tables.search, name="search_table"),
    path("openapi.json", api.description, name="openapi"),
    path("<slug:slug>/edition-<int:key>.ics", calendars.edition, name="edition_calendar"),
    path("<slug:slug>/course-<int:key>.gpx", courses.course, name="course"),
    path("places/", places.suggestions, name="places"),
    path("in/<path:path>/", whereabouts.races_in, name="in"),
    path("<slug:slug>/", views.race, name="race"),
    path("<slug:slug>/share.png", views.share_picture, name="share_picture"),
]
