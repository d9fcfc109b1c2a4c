"""Addresses of the desk: document pages."""

from django.urls import URLPattern, path

from wenming.faces.desk import document_edit, document_kinds, document_new, document_receipts, documents

urlpatterns: list[URLPattern] = [
    path("documents/", documents.document_list, name="document-list"),
    path("documents/register/", documents.register, name="document-register"),
    path("documents/new/", document_new.new, name="document-new"),
    path("documents/settings/", document_new.letterhead, name="document-settings"),
    path("documents/received/", document_receipts.inbox, name="document-inbox"),
    path("documents/kinds/", document_kinds.kind_list, name="document-kinds"),
    path("documents/kinds/<slug:code>/copy/", document_kinds.copy, name="document-kind-copy"),
    path("documents/kinds/<uuid:key>/", document_kinds.detail, name="document-kind"),
    path("documents/<uuid:key>/", documents.detail, name="document-detail"),
    path("documents/<uuid:key>/head/", document_edit.head, name="document-head"),
    path("documents/<uuid:key>/block/", document_edit.block, name="document-block"),
    path("documents/<uuid:key>/step/<slug:code>/", document_edit.step, name="document-step"),
    path(
        "documents/<uuid:key>/receipt/<uuid:receipt>/<slug:code>/",
        document_receipts.step,
        name="document-receipt-step",
    ),
    path("documents/<uuid:key>/file/<slug:kind>/", documents.file, name="document-file"),
]
