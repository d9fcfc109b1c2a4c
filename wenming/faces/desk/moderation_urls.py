"""Addresses of the desk: what the public sees and says."""

from django.urls import URLPattern, path

from wenming.faces.desk import moderation

urlpatterns: list[URLPattern] = [
    path("moderation/", moderation.queue, name="moderation"),
    path("moderation/<uuid:key>/", moderation.case, name="moderation-case"),
    path("moderation/<uuid:key>/withdraw/", moderation.withdraw, name="moderation-withdraw"),
    path(
        "moderation/<uuid:key>/photos/<uuid:photo_key>/preview/",
        moderation.preview,
        name="moderation-preview",
    ),
    path("suggestions/", moderation.suggestions, name="suggestion-list"),
    path("suggestions/<uuid:key>/answer/", moderation.answer, name="suggestion-answer"),
]
