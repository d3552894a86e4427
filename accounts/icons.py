"""The drawings of static/icons.svg as pages use them, in templates (`{% icon 'check' %}`) and in Python."""

from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString


@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """`{% icon 'check' %}`: one drawing of static/icons.svg, always beside a word or inside a labelled control."""
    return format_html(
        '<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><use href="{}#i-{}"/></svg>', static('icons.svg'), name
    )
