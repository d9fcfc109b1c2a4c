from django.urls import path

from wenming.faces.public import appraisals, views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("report/", views.report, name="report"),
    path("report/ground/", views.ground, name="ground"),
    path("follow/", views.follow, name="follow"),
    path("follow/contest/", views.contest, name="contest"),
    path("follow/rate/", views.rate, name="rate"),
    path("suggest/", views.suggest, name="suggest"),
    path("suggest/<uuid:key>/", views.suggestion, name="suggestion"),
    path("appraisals/", appraisals.lists, name="appraisals"),
    path("appraisals/rules/<uuid:key>/", appraisals.rules, name="rules"),
    path("privacy/", views.privacy, name="privacy"),
    path("large-type/", views.large_type, name="large-type"),
]
