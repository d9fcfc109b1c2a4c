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
    path("orders/<uuid:key>/", orders.detail, name="order-detail"),
    path("orders/<uuid:key>/print/", orders.print_order, name="order-print"),
    path("orders/<uuid:key>/<slug:code>/", orders.step, name="order-step"),
    *ground_urls.urlpatterns,
    *document_urls.urlpatterns,
    *appraisal_urls.urlpatterns,
    *moderation_urls.urlpatterns,
    *import_urls.urlpatterns,
    *work_urls.urlpatterns,
]
