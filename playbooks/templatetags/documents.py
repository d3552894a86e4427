"""What pages need to show documents."""

from django import template
from django.utils.safestring import SafeString

from .. import rendering

register = template.Library()


@register.filter
def as_html(cleaned: str) -> SafeString:
    """`{{ item.label_html|as_html }}`: HTML that the text pipeline made. Never for anything else."""
    return rendering.as_html(cleaned)
