"""Addresses of the area."""

from django.urls import path

from linli.procedures.views import (
    archive,
    bulk,
    case,
    charts,
    designer,
    designer_more,
    designer_try,
    figures,
    inbox,
    notices,
)

app_name = "procedures"
urlpatterns = [
    path("desk/", inbox.inbox, name="inbox"),
    path("desk/export.csv", inbox.export, name="export"),
    path("desk/cases/<str:code>/", case.page, name="case"),
    path("desk/cases/<str:code>/do/<str:key>/", case.act, name="act"),
    path("desk/cases/<str:code>/comment/", case.comment, name="comment"),
    path("desk/cases/<str:code>/correct/", case.correct, name="correct"),
    path("desk/cases/<str:code>/decide/", case.decide, name="decide"),
    path("desk/cases/<str:code>/undo/", case.undo, name="undo"),
    path("desk/bulk/", bulk.bulk, name="bulk"),
    path("desk/notices/", notices.listing, name="notices"),
    path("desk/notices/export.csv", notices.export, name="notices_export"),
    path("desk/notices/read/", notices.read, name="notices_read"),
    path("desk/figures/", figures.page, name="figures"),
    path("procedures/", charts.listing, name="list"),
    path("procedures/<slug:key>/", charts.chart, name="chart"),
    path("procedures/<slug:key>/print/", charts.paper, name="chart_print"),
    path("procedures/<slug:key>/chart.mmd", charts.mermaid_text, name="mermaid"),
    path("manage/procedures/", designer.index, name="designer"),
    path("manage/procedures/copy/", designer.copy, name="draft_copy"),
    path("manage/procedures/<int:version_id>/", designer.page, name="draft"),
    path("manage/procedures/<int:version_id>/save/", designer.save, name="draft_save"),
    path("manage/procedures/<int:version_id>/edit/", designer.edit, name="draft_edit"),
    path("manage/procedures/<int:version_id>/preview/", designer.preview, name="draft_preview"),
    path("manage/procedures/<int:version_id>/check/", designer_more.check, name="draft_check"),
    path("manage/procedures/<int:version_id>/try/", designer_try.walk, name="draft_try"),
    path("manage/procedures/<int:version_id>/compare/", designer_more.compare, name="draft_compare"),
    path("manage/procedures/<int:version_id>/publish/", designer_more.publish, name="publish"),
    path("manage/procedures/<int:version_id>/discard/", designer_more.discard, name="discard"),
    path("manage/procedures/<int:version_id>/retire/", designer_more.retire, name="retire"),
    path("manage/procedures/<slug:key>/versions/", designer_more.versions, name="versions"),
    path("cases/<str:code>/chart/", charts.of_one_case, name="case_chart"),
    path("cases/<str:code>/history.pdf", archive.pdf, name="pdf"),
    path("cases/<str:code>/archive.zip", archive.package, name="archive"),
    path("files/<uuid:file_id>/<str:size>", case.attachment, name="file"),
]
