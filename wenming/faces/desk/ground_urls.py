"""Addresses of the desk: ground pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
