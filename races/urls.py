from django.urls import path

from races import views

app_name = "races"

urlpatterns = [
    path("", views.search, name="search"),
    path("<slug:slug>/", views.race, name="race"),
]
