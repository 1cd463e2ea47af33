"""Addresses of the area."""

from django.urls import path

from linli.orgs.views import account, accounts, calendar, organisations, posts, second_factor, sign_in, staff_import

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
    path("manage/orgs/", organisations.manage, name="manage"),
    path("manage/orgs/new/", organisations.new, name="new"),
    path("manage/orgs/<int:unit_id>/", organisations.organisation, name="organisation"),
    path("manage/orgs/<int:unit_id>/edit/", organisations.edit, name="edit"),
    path("manage/orgs/<int:unit_id>/switch/", organisations.switch, name="switch"),
    path("manage/posts/", posts.manage, name="posts"),
    path("manage/posts/new/", posts.new, name="new_post"),
    path("manage/posts/<int:post_id>/", posts.post, name="post"),
    path("manage/posts/<int:post_id>/end/", posts.end, name="end_post"),
    path("manage/accounts/", accounts.manage, name="accounts"),
    path("manage/accounts/new/", accounts.new, name="new_account"),
    path("manage/accounts/<int:user_id>/", accounts.account, name="account_page"),
    path("manage/accounts/<int:user_id>/edit/", accounts.edit, name="account_edit"),
    path("manage/accounts/<int:user_id>/act/", accounts.act, name="account_act"),
    path("manage/accounts/<int:user_id>/link/", accounts.link, name="account_link"),
    path("manage/staff-import/", staff_import.page, name="import"),
    path("manage/staff-import/template/", staff_import.template, name="import_template"),
    path("manage/calendar/", calendar.show, name="calendar"),
    path("manage/calendar/days/", calendar.days, name="calendar_days"),
    path("manage/calendar/notice/", calendar.notice, name="calendar_notice"),
    path("manage/calendar/year/", calendar.year, name="calendar_year"),
]
