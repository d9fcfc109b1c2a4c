"""Addresses of the desk: forms of superiors."""

from django.urls import URLPattern, path

from wenming.faces.desk import superior_form_map, superior_forms

urlpatterns: list[URLPattern] = [
    path("forms/", superior_forms.form_list, name="form-list"),
    path("forms/new/", superior_forms.new, name="form-new"),
    path("forms/filled/<uuid:key>/", superior_forms.filled_page, name="filled-form"),
    path("forms/filled/<uuid:key>/file/", superior_forms.filled_file, name="filled-form-file"),
    path("forms/<uuid:key>/", superior_forms.detail, name="form-detail"),
    path("forms/<uuid:key>/sample/", superior_forms.sample, name="form-sample"),
    path("forms/<uuid:key>/fill/", superior_forms.fill, name="form-fill"),
    path("forms/<uuid:key>/replace/", superior_forms.replace, name="form-replace"),
    path("forms/<uuid:key>/retire/", superior_forms.retire, name="form-retire"),
    path("forms/<uuid:key>/map/", superior_form_map.map_cell, name="form-map"),
    path("forms/<uuid:key>/rows/", superior_form_map.map_rows, name="form-rows"),
    path("forms/<uuid:key>/clear/", superior_form_map.clear, name="form-clear"),
]
