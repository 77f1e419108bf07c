from django.urls import path

from glossary.machines import feeds, markdown
from glossary.publishing import previews, public_versions
from glossary.reading import feedback, views

app_name = "glossary"

urlpatterns = [
    path("", views.home, name="home"),
    path("a-to-z/", views.a_to_z, name="a_to_z"),
    path("new/", views.whats_new, name="new"),
    path("feed/", feeds.feed, name="feed"),
    path("category/<slug:slug>/", views.category, name="category"),
    path("preview/<str:token>/", previews.preview, name="preview"),
    path("<slug:slug>.md", markdown.term_as_markdown, name="term_as_markdown"),
    path("<slug:slug>/feedback/", feedback.feedback, name="feedback"),
    path("<slug:slug>/feedback/thanks/", feedback.thanks, name="feedback_thanks"),
    path("<slug:slug>/", views.term, name="term"),
    path("<slug:slug>/card/", views.card, name="card"),
    path("<slug:slug>/share.png", views.share_picture, name="share_picture"),
    path("<slug:slug>/history/", public_versions.changes, name="changes"),
]
