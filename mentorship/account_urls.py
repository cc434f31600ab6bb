"""Signing in and out, at addresses of our own.  Views and names are allauth's; only those in use are here."""

from allauth.account import views
from django.urls import path

urlpatterns = [
    path("sign-in/", views.login, name="account_login"),
    path("sign-in/code/", views.request_login_code, name="account_request_login_code"),
    path("sign-in/code/enter/", views.confirm_login_code, name="account_confirm_login_code"),
    path("sign-in/inactive/", views.account_inactive, name="account_inactive"),
    path("sign-in/again/", views.reauthenticate, name="account_reauthenticate"),
    path("sign-out/", views.logout, name="account_logout"),
    path("sign-up/", views.signup, name="account_signup"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/forgotten/", views.password_reset, name="account_reset_password"),
    path(
        "password/forgotten/code/",
        views.confirm_password_reset_code,
        name="account_confirm_password_reset_code",
    ),
    path("password/forgotten/new/", views.complete_password_reset, name="account_complete_password_reset"),
    path(
        "password/forgotten/done/",
        views.password_reset_from_key_done,
        name="account_password_reset_completed",
    ),
]
