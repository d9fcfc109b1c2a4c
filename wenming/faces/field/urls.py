from django.urls import path

from wenming.faces.field import places, report, tasks, today, work

app_name = "field"
urlpatterns = [
    path("", today.home, name="home"),
    path("mine/", today.records, name="mine"),
    path("report/", report.report, name="report"),
    path("report/suggest/", report.suggest, name="suggest"),
    path("report/nearest/", report.nearest, name="nearest"),
    path("report/nearby/", report.nearby, name="nearby"),
    path("tour/begin/", report.begin_tour, name="tour-begin"),
    path("tour/end/", report.end_tour, name="tour-end"),
    path("work/", work.kinds, name="work"),
    path("work/<slug:code>/", work.enter, name="work-enter"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("case/<uuid:key>/", tasks.case, name="case"),
    path("case/<uuid:key>/sign/", tasks.sign, name="sign"),
    path("case/<uuid:key>/return/", tasks.return_, name="return"),
    path("case/<uuid:key>/ask-extension/", tasks.ask_extension, name="ask-extension"),
    path("case/<uuid:key>/ask-suspension/", tasks.ask_suspension, name="ask-suspension"),
    path("case/<uuid:key>/hand-in/", tasks.hand_in, name="hand-in"),
    path("case/<uuid:key>/check/", tasks.check, name="check"),
    path("case/<uuid:key>/revisit/", tasks.revisit, name="revisit"),
    path("clear/", places.clear_section, name="clear"),
    path("p/<str:token>/", places.place, name="place"),
    path("p/<str:token>/clear/", places.clear, name="place-clear"),
]
