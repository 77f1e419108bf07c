"""Below the page of a race."""

from django.urls import path

from organizers.reports import views

app_name = "reports"

urlpatterns = [
    path("", views.wrong, name="wrong"),
    path("thanks/", views.thanks, name="thanks"),
]
