from django.urls import path

from organizers import views

app_name = "organizers"

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("profile/", views.profile, name="profile"),
    path("submissions/new/", views.new_submission, name="new_submission"),
    path("submissions/<int:pk>/", views.submission, name="submission"),
    path("submissions/<int:pk>/edit/", views.edit_submission, name="edit_submission"),
    path("submissions/<int:pk>/withdraw/", views.withdraw_submission, name="withdraw_submission"),
]
