"""Addresses of the area."""

from django.urls import path

from linli.procedures.views import archive, bulk, case, charts, inbox

app_name = "procedures"
urlpatterns = [
    path("desk/", inbox.inbox, name="inbox"),
    path("desk/export.csv", inbox.export, name="export"),
    path("desk/cases/<str:code>/", case.page, name="case"),
    path("desk/cases/<str:code>/do/<str:key>/", case.act, name="act"),
    path("desk/cases/<str:code>/comment/", case.comment, name="comment"),
    path("desk/cases/<str:code>/decide/", case.decide, name="decide"),
    path("desk/cases/<str:code>/undo/", case.undo, name="undo"),
    path("desk/bulk/", bulk.bulk, name="bulk"),
    path("procedures/", charts.listing, name="list"),
    path("procedures/<slug:key>/", charts.chart, name="chart"),
    path("procedures/<slug:key>/print/", charts.paper, name="chart_print"),
    path("procedures/<slug:key>/chart.mmd", charts.mermaid_text, name="mermaid"),
    path("cases/<str:code>/chart/", charts.of_one_case, name="case_chart"),
    path("cases/<str:code>/history.pdf", archive.pdf, name="pdf"),
    path("cases/<str:code>/archive.zip", archive.package, name="archive"),
    path("files/<uuid:file_id>/<str:size>", case.attachment, name="file"),
]
