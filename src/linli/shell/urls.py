"""Addresses of the frame: home, switches of presentation, health."""

from django.urls import path

from linli.shell import handbook, views, views_wall

app_name = "shell"
urlpatterns = [
    path("", views.home, name="home"),
    path("mode/", views.switch, {"cookie": "mode"}, name="mode"),
    path("theme/", views.switch, {"cookie": "theme"}, name="theme"),
    path("language/", views.switch, {"cookie": "language"}, name="language"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("desk/post/", views.choose_post, name="post"),
    path("desk/search/", views.search, name="search"),
    path("wall/", views_wall.wall, name="wall"),
    path("about/", views.about, name="about"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("help/", handbook.contents, name="handbook"),
    path("help/<str:key>/", handbook.chapter, name="handbook_chapter"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
