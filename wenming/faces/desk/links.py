"""Addresses of pages that other rooms of the desk own; an empty string where a page is not there."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse


def to(name: str, *args: Any, **query: Any) -> str:
    """The address of the page `name` with its query, or nothing."""
    try:
        url = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    said = {key: value for key, value in query.items() if value not in ("", None)}
    return f"{url}?{urlencode(said, doseq=True)}" if said else url


def see_other(target: Any, *args: Any) -> HttpResponse:
    """303 after a deed: reloading the page that follows does not send the form again."""
    response = HttpResponseRedirect(resolve_url(target, *args))
    response.status_code = 303
    return response
