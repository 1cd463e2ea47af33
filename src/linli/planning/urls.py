"""Addresses of the area."""

from django.urls import path

from linli.planning.views import areas, decisions, files, plans

app_name = "planning"
urlpatterns = [
    path("manage/planning/", areas.areas, name="areas"),
    path("manage/planning/plans/<int:plan_id>/", plans.plan, name="plan"),
    path("manage/planning/plans/<int:plan_id>/state/", plans.state, name="state"),
    path("manage/planning/plans/<int:plan_id>/stop/", plans.stop, name="stop"),
    path("manage/planning/plans/<int:plan_id>/again/", plans.again, name="again"),
    path("manage/planning/plans/<int:plan_id>/move/", plans.move, name="move"),
    path("manage/planning/plans/<int:plan_id>/take-back/", plans.take_back, name="take_back"),
    path("manage/planning/plans/<int:plan_id>/drop/", decisions.drop, name="drop"),
    path("manage/planning/plans/<int:plan_id>/submit/", decisions.submit, name="submit"),
    path("manage/planning/plans/<int:plan_id>/withdraw/", decisions.withdraw, name="withdraw"),
    path("manage/planning/plans/<int:plan_id>/decide/", decisions.decide, name="decide"),
    path("manage/planning/plans/<int:plan_id>/export/<str:kind>/", files.export, name="export"),
    path("manage/planning/<str:code>/", areas.area, name="area"),
    path("manage/planning/<str:code>/compare/", areas.compare, name="compare"),
    path("manage/planning/<str:code>/workload/", areas.workload, name="workload"),
    path("manage/planning/<str:code>/import/", files.take_in, name="import"),
]
