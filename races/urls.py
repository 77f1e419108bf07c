from django.urls import path

from races.reading import places, views, whereabouts

app_name = "races"

urlpatterns = [
    path("", views.search, name="search"),
    path("places/", places.suggestions, name="places"),
    path("in/<path:path>/", whereabouts.races_in, name="in"),
    path("<slug:slug>/", views.race, name="race"),
]
