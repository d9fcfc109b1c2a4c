"""Addresses of the desk: document pages."""

from django.urls import URLPattern, path

from wenming.faces.desk import document_edit, document_new, documents

urlpatterns: list[URLPattern] = [
    path("documents/", documents.document_list, name="document-list"),
    path("documents/register/", documents.register, name="document-register"),
    path("documents/new/", document_new.new, name="document-new"),
    path("documents/settings/", document_new.letterhead, name="document-settings"),
    path("documents/<uuid:key>/", documents.detail, name="document-detail"),
    path("documents/<uuid:key>/head/", document_edit.head, name="document-head"),
    path("documents/<uuid:key>/block/", document_edit.block, name="document-block"),
    path("documents/<uuid:key>/step/<slug:code>/", document_edit.step, name="document-step"),
    path("documents/<uuid:key>/file/<slug:kind>/", documents.file, name="document-file"),
]
