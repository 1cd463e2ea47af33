"""Addresses of the area at the desk."""

from django.urls import path

from linli.matters.views import checking, desk, overview, register, rules

urlpatterns = [
    path("desk/register/", register.register, name="register"),
    path("desk/register/hints/", register.hints, name="register_hints"),
    path("desk/matters/<str:code>/contact/", desk.reveal, name="reveal"),
    path("desk/matters/<str:code>/put-back/", desk.put_back, name="put_back"),
    path("desk/checking/", checking.checking, name="checking"),
    path("desk/overview/", overview.overview, name="overview"),
    path("desk/overview.csv", overview.table, name="overview_table"),
    path("manage/catalogue/", rules.versions, name="catalogue"),
    path("manage/catalogue/draft/", rules.draft, name="catalogue_draft"),
    path("manage/catalogue/<int:number>/", rules.version, name="catalogue_version"),
    path("manage/catalogue/<int:number>/<str:key>/", rules.rule, name="catalogue_rule"),
]
