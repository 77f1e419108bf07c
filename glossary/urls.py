from django.urls import path

from glossary import views

app_name = "glossary"

urlpatterns = [
    path("", views.home, name="home"),
    path("a-to-z/", views.a_to_z, name="a_to_z"),
    path("category/<slug:slug>/", views.category, name="category"),
    path("<slug:slug>/", views.term, name="term"),
    path("<slug:slug>/card/", views.card, name="card"),
]
