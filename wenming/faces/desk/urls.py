"""Addresses of the desk. Other rooms of the desk keep their own lists, joined at the end."""

from django.urls import URLPattern

from wenming.faces.desk import document_urls, ground_urls

app_name = "desk"
urlpatterns: list[URLPattern] = [
    *ground_urls.urlpatterns,
    *document_urls.urlpatterns,
]
