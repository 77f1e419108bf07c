from django.urls import path

from organizers.views import accounts, submissions

app_name = "organizers"

urlpatterns = [
    path("", submissions.dashboard, name="dashboard"),
    path("account/", accounts.account, name="account"),
    path("account/again/", accounts.again, name="again"),
    path("account/delete/", accounts.delete_account, name="delete_account"),
    path("account/deleted/", accounts.goodbye, name="goodbye"),
    path("account/second-factor/", accounts.second_factor, name="second_factor"),
    path(
        "account/second-factor/later/",
        accounts.put_off_second_factor,
        name="put_off_second_factor",
    ),
    path("profile/", submissions.profile, name="profile"),
    path("submissions/new/", submissions.new_submission, name="new_submission"),
    path("submissions/<int:pk>/", submissions.submission, name="submission"),
    path("submissions/<int:pk>/edit/", submissions.edit_submission, name="edit_submission"),
    path(
        "submissions/<int:pk>/withdraw/",
        submissions.withdraw_submission,
        name="withdraw_submission",
    ),
]
