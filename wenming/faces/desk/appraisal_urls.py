"""Addresses of the desk: 考核."""

from django.urls import URLPattern, path

from wenming.faces.desk import (
    appraisal_appeals,
    appraisal_books,
    appraisal_editor,
    appraisal_home,
    appraisal_outcomes,
    appraisal_round,
    appraisal_settlement,
    appraisal_sheet,
    appraisal_terms,
)

urlpatterns: list[URLPattern] = [
    path("appraisals/", appraisal_home.home, name="appraisal-home"),
    path("appraisals/compute/", appraisal_home.compute, name="appraisal-compute"),
    path("appraisals/board/", appraisal_outcomes.board, name="appraisal-board"),
    path("appraisals/rounds/<uuid:key>/", appraisal_round.detail, name="appraisal-round"),
    path("appraisals/rounds/<uuid:key>/<slug:code>/", appraisal_round.step, name="appraisal-step"),
    path("appraisals/sheets/<uuid:key>/", appraisal_sheet.detail, name="appraisal-sheet"),
    path("appraisals/sheets/<uuid:key>/print/", appraisal_sheet.print_sheet, name="appraisal-sheet-print"),
    path("appraisals/sheets/<uuid:key>/settlement/", appraisal_settlement.settlement, name="appraisal-settlement"),
    path("appraisals/sheets/<uuid:key>/settlement.xlsx", appraisal_settlement.settlement_file, name="appraisal-settlement-file"),
    path("appraisals/sheets/<uuid:key>/notice/", appraisal_settlement.notice, name="appraisal-notice"),
    path("appraisals/settlements/", appraisal_settlement.summary, name="appraisal-settlements"),
    path("appraisals/settlements.xlsx", appraisal_settlement.summary_file, name="appraisal-settlements-file"),
    path("appraisals/sheets/<uuid:key>/agree/", appraisal_sheet.agree, name="appraisal-agree"),
    path("appraisals/sheets/<uuid:key>/lines/<slug:line>/appeal/", appraisal_sheet.appeal, name="appraisal-appeal-new"),
    path("appraisals/appeals/<uuid:key>/", appraisal_appeals.detail, name="appraisal-appeal"),
    path("appraisals/appeals/<uuid:key>/withdraw/", appraisal_appeals.withdraw, name="appraisal-withdraw"),
    path("appraisals/outcomes/<uuid:key>/", appraisal_outcomes.settle, name="appraisal-settle"),
    path("appraisals/outcomes/<uuid:key>/clear/", appraisal_outcomes.clear, name="appraisal-clear"),
    path("appraisals/books/", appraisal_books.book_list, name="appraisal-books"),
    path("appraisals/books/new/", appraisal_books.new, name="appraisal-book-new"),
    path("appraisals/books/<uuid:key>/", appraisal_books.detail, name="appraisal-book"),
    path("appraisals/books/<uuid:key>/source/", appraisal_books.source, name="appraisal-book-source"),
    path("appraisals/books/<uuid:key>/version/", appraisal_books.version, name="appraisal-book-version"),
    path("appraisals/books/<uuid:key>/edit/", appraisal_editor.edit, name="appraisal-book-edit"),
    path("appraisals/books/<uuid:key>/guide/", appraisal_editor.guide, name="appraisal-book-guide"),
    path("appraisals/books/<uuid:key>/adopt/", appraisal_books.adopt, name="appraisal-book-adopt"),
    path("appraisals/books/<uuid:key>/drop/", appraisal_books.drop, name="appraisal-book-drop"),
    path("appraisals/terms/", appraisal_terms.term_list, name="appraisal-terms"),
    path("appraisals/terms/new/", appraisal_terms.term_new, name="appraisal-term-new"),
]  # fmt: skip
