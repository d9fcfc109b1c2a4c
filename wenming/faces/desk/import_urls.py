"""Addresses of the desk: importing tables."""

from django.urls import URLPattern, path

from wenming.faces.desk import imports

urlpatterns: list[URLPattern] = [
    path("import/<slug:kind>/", imports.upload, name="import"),
    path("import/<slug:kind>/template.xlsx", imports.template, name="import-template"),
    path("import/<slug:kind>/<slug:token>/", imports.check, name="import-check"),
    path("import/<slug:kind>/<slug:token>/progress/", imports.progress, name="import-progress"),
    path("import/<slug:kind>/<slug:token>/bad.xlsx", imports.bad_rows, name="import-bad"),
]
