from django.urls import path

from wenming.faces.kit import photos, views

app_name = "kit"
urlpatterns = [
    path("", views.home, name="home"),
    path("log-in/", views.LogIn.as_view(), name="log-in"),
    path("log-out/", views.log_out, name="log-out"),
    path("password/", views.password, name="password"),
    path("notices/", views.inbox, name="inbox"),
    path("photo/<uuid:key>/<slug:size>.jpg", photos.show, name="photo"),
    path("old-browser/", views.old_browser, name="old-browser"),
    path("health/", views.health, name="health"),
]
