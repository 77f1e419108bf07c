"""The form of the race search: what is typed. What is chosen of a facet comes by links."""

from django import forms


class RaceSearchForm(forms.Form):
    q = forms.CharField(required=False)
