from django.urls import path

from organizers import accounts, views

app_name = "organizers"

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
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
    path("profile/", views.profile, name="profile"),
    path("submissions/new/", views.new_submission, name="new_submission"),
    path("submissions/<int:pk>/", views.submission, name="submission"),
    path("submissions/<int:pk>/edit/", views.edit_submission, name="edit_submission"),
    path("submissions/<int:pk>/withdraw/", views.withdraw_submission, name="withdraw_submission"),
]
