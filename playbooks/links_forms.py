"""What is asked about links: a title to go to, a new address, a check of what lies outside."""

from django import forms


class TitleForm(forms.Form):
    """The title that a link in a text names."""

    title = forms.CharField(max_length=200)
