"""Addresses of the area."""

from django.urls import path

from linli.orgs.views import account, second_factor, sign_in

app_name = "orgs"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.send_code, name="send_code"),
    path("sign-in/phone/", sign_in.by_code, name="by_code"),
    path("sign-in/second/", second_factor.ask, name="second_factor"),
    path("sign-in/enrol/", second_factor.enrol, name="enrol"),
    path("sign-in/resume/", sign_in.resume, name="resume"),
    path("password/<str:token>/", account.password_link, name="password_link"),
    path("account/", account.account, name="account"),
    path("account/name/", account.rename, name="rename"),
    path("account/password/", account.password, name="password"),
    path("account/sessions/", account.end_session, name="end_session"),
    path("account/second-factor/", second_factor.set_up, name="set_up"),
    path("account/second-factor/off/", second_factor.take_off, name="take_off"),
]
