"""Addresses of the area."""

from django.urls import path

from linli.procedures.views import archive, bulk, case, inbox

app_name = "procedures"
urlpatterns = [
    path("desk/", inbox.inbox, name="inbox"),
    path("desk/export.csv", inbox.export, name="export"),
    path("desk/cases/<str:code>/", case.page, name="case"),
    path("desk/cases/<str:code>/do/<str:key>/", case.act, name="act"),
    path("desk/cases/<str:code>/comment/", case.comment, name="comment"),
    path("desk/cases/<str:code>/decide/", case.decide, name="decide"),
    path("desk/bulk/", bulk.bulk, name="bulk"),
    path("cases/<str:code>/history.pdf", archive.pdf, name="pdf"),
    path("cases/<str:code>/archive.zip", archive.package, name="archive"),
    path("files/<uuid:file_id>/<str:size>", case.attachment, name="file"),
]
