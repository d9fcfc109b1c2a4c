from django.urls import include, path

urlpatterns = [
    path("", include("wenming.faces.kit.urls")),
    path("desk/", include("wenming.faces.desk.urls")),
    path("field/", include("wenming.faces.field.urls")),
    path("board/", include("wenming.faces.board.urls")),
    path("public/", include("wenming.faces.public.urls")),
]
handler400 = "wenming.faces.kit.views.bad_request"
handler404 = "wenming.faces.kit.views.not_found"
handler500 = "wenming.faces.kit.views.broken"
handler403 = "wenming.faces.kit.views.forbidden"
