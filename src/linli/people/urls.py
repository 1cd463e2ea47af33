"""Addresses of the area."""

from django.urls import path

from linli.people.views import own

app_name = "people"
urlpatterns = [
    path("account/looked-at/", own.accesses, name="accesses"),
    path("account/export/", own.export, name="export"),
    path("account/erase/", own.erase, name="erase"),
]
