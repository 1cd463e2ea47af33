"""Addresses of the area."""

from django.urls import path

from linli.channels.views import choose, manage, stop

app_name = "channels"
urlpatterns = [
    path("account/notices/", choose.page, name="choose"),
    path("notices/stop/<str:token>/", stop.page, name="stop"),
    path("manage/notices/", manage.page, name="manage"),
]
