"""Addresses of the desk: 考核."""

from django.urls import URLPattern, path

from wenming.faces.desk import (
    appraisal_appeals,
    appraisal_home,
    appraisal_outcomes,
    appraisal_round,
    appraisal_sheet,
)

urlpatterns: list[URLPattern] = [
    path("appraisals/", appraisal_home.home, name="appraisal-home"),
    path("appraisals/compute/", appraisal_home.compute, name="appraisal-compute"),
    path("appraisals/board/", appraisal_outcomes.board, name="appraisal-board"),
    path("appraisals/rounds/<uuid:key>/", appraisal_round.detail, name="appraisal-round"),
    path("appraisals/rounds/<uuid:key>/<slug:code>/", appraisal_round.step, name="appraisal-step"),
    path("appraisals/sheets/<uuid:key>/", appraisal_sheet.detail, name="appraisal-sheet"),
    path("appraisals/sheets/<uuid:key>/print/", appraisal_sheet.print_sheet, name="appraisal-sheet-print"),
    path("appraisals/sheets/<uuid:key>/agree/", appraisal_sheet.agree, name="appraisal-agree"),
    path("appraisals/sheets/<uuid:key>/lines/<slug:line>/appeal/", appraisal_sheet.appeal, name="appraisal-appeal-new"),
    path("appraisals/appeals/<uuid:key>/", appraisal_appeals.detail, name="appraisal-appeal"),
    path("appraisals/appeals/<uuid:key>/withdraw/", appraisal_appeals.withdraw, name="appraisal-withdraw"),
    path("appraisals/outcomes/<uuid:key>/", appraisal_outcomes.settle, name="appraisal-settle"),
    path("appraisals/outcomes/<uuid:key>/clear/", appraisal_outcomes.clear, name="appraisal-clear"),
]  # fmt: skip
