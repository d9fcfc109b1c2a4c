"""Addresses of the desk: ground pages."""

from django.urls import URLPattern, path

from wenming.faces.desk import (
    ledger,
    ledger_figure,
    ledger_journal,
    ledger_metric,
)

urlpatterns: list[URLPattern] = [
    path("ledger/", ledger.statement, name="ledger"),
    path("ledger/metrics/", ledger.metric_list, name="metric-list"),
    path("ledger/metrics/<str:code>/", ledger_metric.metric_page, name="metric"),
    path("ledger/journal/", ledger_journal.journal, name="journal"),
    path("ledger/journal.xlsx", ledger_journal.journal_file, name="journal-file"),
    path("ledger/entries/<uuid:key>/", ledger_journal.entry_detail, name="entry"),
    path("ledger/figures/<uuid:key>/", ledger_figure.figure_page, name="figure"),
]
