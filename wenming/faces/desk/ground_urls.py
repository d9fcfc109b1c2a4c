"""Addresses of the desk: ground pages."""

from django.urls import URLPattern, path

from wenming.faces.desk import (
    burden,
    burden_records,
    burden_review,
    calendar,
    checks,
    history,
    jobs,
    ledger,
    ledger_figure,
    ledger_journal,
    ledger_metric,
    ledger_metrics,
    people,
    place_sheet,
    places,
    standards,
    units,
)

_LEDGER = [
    path("ledger/", ledger.statement, name="ledger"),
    path("ledger/metrics/", ledger_metrics.metric_list, name="metric-list"),
    path("ledger/metrics.xlsx", ledger_metrics.metric_list_file, name="metric-list-file"),
    path("ledger/metrics/<str:code>/", ledger_metric.metric_page, name="metric"),
    path("ledger/metrics/<str:code>/export.xlsx", ledger_metric.metric_file, name="metric-file"),
    path("ledger/journal/", ledger_journal.journal, name="journal"),
    path("ledger/journal.xlsx", ledger_journal.journal_file, name="journal-file"),
    path("ledger/burden/", burden.burden, name="burden"),
    path("ledger/burden.xlsx", burden.burden_file, name="burden-file"),
    path("ledger/burden/review/", burden_review.burden_review, name="burden-review"),
    path("ledger/burden/review.xlsx", burden_review.burden_review_file, name="burden-review-file"),
    path("ledger/burden/<str:what>/", burden_records.records, name="burden-records"),
    path("ledger/entries/<uuid:key>/", ledger_journal.entry_detail, name="entry"),
    path("ledger/figures/<uuid:key>/", ledger_figure.figure_page, name="figure"),
]
_UNITS = [
    path("units/", units.unit_list, name="unit-list"),
    path("units/export.xlsx", units.unit_file, name="unit-file"),
    path("units/new/", units.unit_add, name="unit-add"),
    path("units/<uuid:key>/", units.unit_detail, name="unit-detail"),
    path("units/<uuid:key>/change/", units.unit_change, name="unit-change"),
    path("units/<uuid:key>/dissolve/", units.unit_dissolve, name="unit-dissolve"),
]
_PEOPLE = [
    path("people/", people.person_list, name="person-list"),
    path("people/roles/", people.role_list, name="role-list"),
    path("people/new/", people.person_add, name="person-add"),
    path("people/<uuid:key>/", people.person_detail, name="person-detail"),
    path("people/<uuid:key>/correct/", people.person_correct, name="person-correct"),
    path("people/<uuid:key>/posts/new/", people.post_give, name="post-give"),
    path("people/<uuid:key>/posts/<int:post_id>/end/", people.post_end, name="post-end"),
    path("people/<uuid:key>/security/<slug:deed>/", people.person_secure, name="person-secure"),
]
_PLACES = [
    path("places/", places.place_list, name="place-list"),
    path("places/codes/", place_sheet.sheet, name="place-sheet"),
    path("places/shapes.json", places.place_shapes, name="place-shapes"),
    path("places/new/", places.place_add, name="place-add"),
    path("places/checks/<uuid:key>/", checks.check_detail, name="check-detail"),
    path("places/covert/", checks.covert_list, name="covert-list"),
    path("places/covert/<uuid:key>/publish/", checks.covert_publish, name="covert-publish"),
    path("places/<uuid:key>/", places.place_detail, name="place-detail"),
    path("places/<uuid:key>/change/", places.place_change, name="place-change"),
    path("places/<uuid:key>/close/", places.place_close, name="place-close"),
    path("places/<uuid:key>/duties/new/", places.duty_give, name="duty-give"),
    path("places/<uuid:key>/duties/<int:duty_id>/end/", places.duty_end, name="duty-end"),
]
_CALENDAR = [
    path("calendar/", calendar.year, name="calendar"),
    path("calendar/day/", calendar.set_day, name="calendar-day"),
    path("calendar/day/clear/", calendar.clear_day, name="calendar-clear"),
    path("calendar/hours/", calendar.set_hours, name="calendar-hours"),
    path("calendar/markets/", calendar.set_market, name="calendar-market"),
    path("calendar/<int:year>/", calendar.year, name="calendar-year"),
    path("calendar/<int:year>/announced/", calendar.set_announced, name="calendar-announced"),
    path("calendar/<int:year>/<int:month>/", calendar.month, name="calendar-month"),
]
_STANDARDS = [
    path("standards/", standards.overview, name="standards"),
    path("standards/load/", standards.load, name="pack-load"),
    path("standards/categories/", standards.categories, name="category-list"),
    path("standards/categories/<str:code>/", standards.category_detail, name="category-detail"),
    path("standards/points/", standards.point_types, name="point-list"),
    path("standards/points/<str:code>/", standards.point_type_detail, name="point-detail"),
    path("standards/ladder/", standards.ladder, name="ladder"),
]
_HISTORY = [
    path("history/", history.search, name="history"),
    path("history/export.xlsx", history.file, name="history-file"),
    path("history/verify/", history.verify, name="verify"),
    path("history/proofs/<int:pk>/", history.proof, name="proof"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<int:pk>/retry/", jobs.retry, name="job-retry"),
]
urlpatterns: list[URLPattern] = [
    *_LEDGER, *_UNITS, *_PEOPLE, *_PLACES, *_CALENDAR, *_STANDARDS, *_HISTORY,
]  # fmt: skip
