"""Addresses of the desk. Other rooms of the desk keep their own lists, joined at the end."""

from django.urls import path

from wenming.faces.desk import (
    appraisal_urls,
    case_batch,
    case_list,
    case_new,
    case_steps,
    cases,
    document_urls,
    ground_urls,
    home,
    import_urls,
    moderation_urls,
    orders,
    superior_form_urls,
    table_files,
    work_urls,
)

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("cases/", case_list.case_list, name="case-list"),
    path("cases/columns/", case_list.choose_columns, name="case-columns"),
    path("cases/export/", case_list.export, name="case-export"),
    path("cases/print/", case_list.print_list, name="case-print"),
    path("cases/new/", case_new.new, name="case-new"),
    path("cases/batch/result/", case_batch.result, name="case-batch-result"),
    path("cases/batch/<slug:code>/", case_batch.batch, name="case-batch"),
    path("cases/<uuid:key>/", cases.detail, name="case-detail"),
    path("cases/<uuid:key>/photos/<uuid:photo_key>/", cases.photo, name="case-photo"),
    path("cases/<uuid:key>/<slug:code>/", case_steps.step, name="case-step"),
    path("orders/", orders.order_list, name="order-list"),
    path("orders/export/", table_files.order_file, name="order-file"),
    path("orders/<uuid:key>/", orders.detail, name="order-detail"),
    path("orders/<uuid:key>/print/", orders.print_order, name="order-print"),
    path("orders/<uuid:key>/<slug:code>/", orders.step, name="order-step"),
    path("documents/export/", table_files.document_file, name="document-list-file"),
    path("documents/register/export/", table_files.register_file, name="document-register-file"),
    path("places/export/", table_files.place_file, name="place-file"),
    path("people/export/", table_files.person_file, name="person-file"),
    path("work/decisions/export/", table_files.decision_file, name="decision-file"),
    path("work/lists/<uuid:key>/export/", table_files.taken_file, name="takeover-file"),
    *ground_urls.urlpatterns,
    *document_urls.urlpatterns,
    *appraisal_urls.urlpatterns,
    *moderation_urls.urlpatterns,
    *import_urls.urlpatterns,
    *work_urls.urlpatterns,
    *superior_form_urls.urlpatterns,
]
