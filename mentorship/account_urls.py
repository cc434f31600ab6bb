"""Signing in and out, at addresses of our own.  Views and names are allauth's; only those in use are here."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from allauth.account import views
from django.http import HttpRequest, HttpResponse
from django.urls import path

View = Callable[..., HttpResponse]


def form(view: View) -> View:
    """A form with mistakes answers 422 here as everywhere else; allauth would say that all is well."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        shown = (getattr(response, "context_data", None) or {}).get("form")
        if request.method == "POST" and shown is not None and shown.errors:
            response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response

    return answer


urlpatterns = [
    path("sign-in/", form(views.login), name="account_login"),
    path("sign-in/code/", form(views.request_login_code), name="account_request_login_code"),
    path("sign-in/code/enter/", form(views.confirm_login_code), name="account_confirm_login_code"),
    path("sign-in/again/", form(views.reauthenticate), name="account_reauthenticate"),
    path("sign-in/inactive/", views.account_inactive, name="account_inactive"),
    path("sign-out/", views.logout, name="account_logout"),
    path("sign-up/", views.signup, name="account_signup"),
    path("password/change/", form(views.password_change), name="account_change_password"),
    path("password/set/", form(views.password_set), name="account_set_password"),
    path("password/reset/", form(views.password_reset), name="account_reset_password"),
    path(
        "password/reset/code/",
        form(views.confirm_password_reset_code),
        name="account_confirm_password_reset_code",
    ),
    path("password/reset/new/", form(views.complete_password_reset), name="account_complete_password_reset"),
    path("password/reset/done/", views.password_reset_from_key_done, name="account_password_reset_completed"),
]
