"""Below the search that an alert is of: no race has its address there."""

from django.urls import path

from organizers.alerts import views

app_name = "alerts"

urlpatterns = [
    path("", views.sign_up, name="sign_up"),
    path("sent/", views.sent, name="sent"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("end/<slug:key>/", views.end, name="end"),
]
