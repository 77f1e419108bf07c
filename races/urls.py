from django.urls import path

from races.reading import views

app_name = "races"

urlpatterns = [
    path("", views.search, name="search"),
    path("<slug:slug>/", views.race, name="race"),
]
