"""Addresses of the area: the public map and the register."""

from django.urls import path

from linli.places.views import communities, compounds, divisions, grids, maps

app_name = "places"
urlpatterns = [
    path("map/", maps.page, name="map"),
    path("map/data/<str:layer>.geojson", maps.data, name="map_data"),
    path("manage/places/", divisions.manage, name="manage"),
    path("manage/places/base-map/", maps.settings, name="base_map"),
    path("manage/places/successions/<int:pk>/remove/", divisions.remove_succession, name="succession_remove"),
    path("manage/places/compounds/<int:pk>/", compounds.compound, name="compound"),
    path("manage/places/compounds/<int:pk>/edit/", compounds.edit_compound, name="compound_edit"),
    path("manage/places/compounds/<int:pk>/switch/", compounds.switch_compound, name="compound_switch"),
    path("manage/places/buildings/<int:pk>/", compounds.building, name="building"),
    path("manage/places/buildings/<int:pk>/edit/", compounds.edit_building, name="building_edit"),
    path("manage/places/buildings/<int:pk>/switch/", compounds.switch_building, name="building_switch"),
    path("manage/places/buildings/<int:pk>/dwellings/", compounds.set_dwellings, name="dwellings"),
    path("manage/places/buildings/<int:pk>/move/", compounds.move_building, name="building_move"),
    path("manage/places/grids/<int:pk>/", grids.grid, name="grid"),
    path("manage/places/grids/<int:pk>/redraw/", grids.redraw, name="grid_redraw"),
    path("manage/places/grids/<int:pk>/rename/", grids.rename, name="grid_rename"),
    path("manage/places/grids/<int:pk>/close/", grids.close, name="grid_close"),
    path("manage/places/<str:code>/", divisions.division, name="division"),
    path("manage/places/<str:code>/children/", divisions.children, name="children"),
    path("manage/places/<str:code>/new/", divisions.new, name="division_new"),
    path("manage/places/<str:code>/edit/", divisions.edit, name="division_edit"),
    path("manage/places/<str:code>/switch/", divisions.switch, name="division_switch"),
    path("manage/places/<str:code>/successions/", divisions.add_succession, name="succession_add"),
    path("manage/places/<str:code>/compounds/", communities.compounds, name="compounds"),
    path("manage/places/<str:code>/compounds/new/", compounds.new_compound, name="compound_new"),
    path("manage/places/<str:code>/buildings/", communities.buildings, name="buildings"),
    path("manage/places/<str:code>/buildings/new/", compounds.new_building, name="building_new"),
    path("manage/places/<str:code>/grids/new/", grids.new, name="grid_new"),
    path("manage/places/<str:code>/import/", communities.upload, name="import"),
]
