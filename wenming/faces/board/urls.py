"""Addresses of the board."""

from django.urls import path

from wenming.faces.board import views, walls

app_name = "board"
urlpatterns = [
    path("", views.home, name="home"),
    path("compare/", views.compare, name="compare"),
    path("ranking/", views.ranking_page, name="ranking"),
    path("map.json", views.map_data, name="map"),
    path("shapes.json", views.shapes, name="shapes"),
    path("walls/", walls.walls, name="walls"),
    path("walls/<uuid:key>/revoke/", walls.revoke, name="wall-revoke"),
    path("wall/<slug:token>/", walls.wall, name="wall"),
    path("wall/<slug:token>/map.json", walls.wall_map, name="wall-map"),
    path("wall/<slug:token>/shapes.json", walls.wall_shapes, name="wall-shapes"),
]
