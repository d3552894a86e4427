"""What people paste and drop to bring it in."""

from django import forms

from .text.htmlsource import MAX_HTML


class PasteForm(forms.Form):
    """HTML out of a clipboard."""

    html = forms.CharField(max_length=MAX_HTML, strip=False)
