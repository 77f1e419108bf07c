from django.urls import path

from races.reading import places, views

app_name = "races"

urlpatterns = [
    path("", views.search, name="search"),
    path("places/", places.suggestions, name="places"),
    path("<slug:slug>/", views.race, name="race"),
]
