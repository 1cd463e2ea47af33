"""Addresses of the area: residents' and the desk's."""

from django.urls import path

from linli.matters import desk_urls
from linli.matters.views import public, public_figures, report, report_words, status, status_forms

app_name = "matters"
resident = [
    path("report/", report.start, name="report"),
    path("report/<uuid:draft_id>/photo/", report.photo, name="report_photo"),
    path("report/<uuid:draft_id>/photo/<str:sha256>", report.shown_photo, name="report_picture"),
    path("report/<uuid:draft_id>/place/", report.place, name="report_place"),
    path("report/<uuid:draft_id>/say/", report_words.say, name="report_say"),
    path("report/<uuid:draft_id>/hints/", report_words.hints, name="report_hints"),
    path("report/<uuid:draft_id>/follow/", report_words.follow_instead, name="report_follow"),
    path("report/<uuid:draft_id>/check/", report.check, name="report_check"),
    path("report/<uuid:draft_id>/done/", report.done, name="report_done"),
    path("report/<uuid:draft_id>/slip.png", report.slip, name="report_slip"),
    path("track/", public.track, name="track"),
    path("mine/", public.mine, name="mine"),
    path("mine/read/", public.mine_read, name="mine_read"),
    path("mine/claim/", public.claim, name="claim"),
    path("mine/forget/", public.forget, name="forget"),
    path("nearby/", public.nearby, name="nearby"),
    path("figures/", public_figures.page, name="public_figures"),
    path("nearby/subscribe/", public.subscribe, name="subscribe"),
    path("place/", public.choose_place, name="choose_place"),
    path("m/<str:code>/", status.page, name="status"),
    path("m/<str:code>/say/", status_forms.say, name="say"),
    path("m/<str:code>/supply/", status_forms.supply, name="supply"),
    path("m/<str:code>/rate/", status_forms.rate, name="rate"),
    path("m/<str:code>/withdraw/", status_forms.withdraw, name="withdraw"),
    path("m/<str:code>/reopen/", status_forms.reopen, name="reopen"),
    path("m/<str:code>/follow/", status_forms.follow, name="follow"),
    path("m/<str:code>/contact/", status_forms.contact, name="contact"),
    path("m/<str:code>/record/", status.record, name="record"),
    path("m/<str:code>/notice/", public.notice, name="notice"),
]
urlpatterns = [*resident, *desk_urls.urlpatterns]
