"""Addresses of the desk: document pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
