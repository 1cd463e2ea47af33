"""Addresses of the area: residents' and the desk's."""

from django.urls import URLPattern

from linli.matters import desk_urls

app_name = "matters"
resident: list[URLPattern] = []
urlpatterns = [*resident, *desk_urls.urlpatterns]
