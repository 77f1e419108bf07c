from django.urls import path

from glossary.machines import api

app_name = "api"

urlpatterns = [
    path("terms/", api.terms, name="terms"),
    path("terms/<slug:slug>/", api.term, name="term"),
    path("openapi.json", api.description, name="openapi"),
    path("<path:rest>/", api.nothing_here),
]
