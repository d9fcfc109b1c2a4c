"""Addresses of the desk: work logs, their kinds, decisions of meetings, lists of superiors."""

from django.urls import URLPattern, path

from wenming.faces.desk import parcels, takeover, work_entry, work_home, work_kinds, work_list, work_page

urlpatterns: list[URLPattern] = [
    path("work/", work_home.home, name="work-home"),
    path("work/list/", work_list.work_list, name="work-list"),
    path("work/columns/", work_list.choose_columns, name="work-columns"),
    path("work/export/", work_list.export, name="work-export"),
    path("work/print/", work_list.print_list, name="work-print"),
    path("work/new/<slug:code>/", work_entry.enter, name="work-enter"),
    path("work/paste/<slug:code>/", work_entry.paste, name="work-paste"),
    path("work/<uuid:key>/", work_page.detail, name="work-detail"),
    path("work/<uuid:key>/correct/", work_entry.correct, name="work-correct"),
    path("work/<uuid:key>/strike/", work_entry.strike, name="work-strike"),
    path("work/<uuid:key>/decide/", work_page.decide, name="work-decide"),
    path("work/decisions/", work_page.decision_list, name="decision-list"),
    path("work/decisions/<uuid:key>/", work_page.decision, name="decision"),
    path("work/kinds/", work_kinds.kind_list, name="kind-list"),
    path("work/kinds/new/", work_kinds.define, name="kind-new"),
    path("work/kinds/file/<int:pk>/", work_kinds.pack_file, name="kind-file"),
    path("work/kinds/<slug:code>/", work_kinds.define, name="kind-change"),
    path("work/kinds/<slug:code>/retire/", work_kinds.retire, name="kind-retire"),
    path("work/parcels/", parcels.parcel_list, name="parcel-list"),
    path("work/parcels/send/", parcels.send, name="parcel-send"),
    path("work/parcels/receive/", parcels.receive, name="parcel-receive"),
    path("work/parcels/<uuid:key>/", parcels.parcel, name="parcel"),
    path("work/lists/", takeover.upload, name="takeover"),
    path("work/lists/<uuid:key>/", takeover.taken, name="takeover-list"),
    path("work/lists/map/<slug:token>/", takeover.mapping, name="takeover-map"),
    path("work/lists/check/<slug:token>/", takeover.check, name="takeover-check"),
    path("work/lists/check/<slug:token>/bad.xlsx", takeover.bad_rows, name="takeover-bad"),
]
