"""What pages need to show documents."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts import reader

from .. import rendering

FRAGMENTS_KEPT = 2048  # two for each playbook, some five kilobytes together
ADDRESSES_KEPT = 8192

register = template.Library()


@register.filter
def as_html(cleaned: str) -> SafeString:
    """`{{ item.label_html|as_html }}`: HTML that the text pipeline made. Never for anything else."""
    return rendering.as_html(cleaned)


@register.filter
def said(words: str) -> SafeString:
    """`{{ line.text|said }}`: somebody's plain words, with their line breaks and web addresses as links."""
    return rendering.said(words)


@register.simple_tag
def kept(template_name: str, about: Any) -> SafeString:
    """`{% kept "playbooks/_side.html" page.about %}`: a fragment that says only what `about`, a frozen value, holds.

    For pages that everybody opens all day: what was made of an equal value for a reader of the same language, manner
    and day is taken again. The template gets `about` and nothing else: no person, no token.
    """
    return _fragment(template_name, reader.manner(), about)


@lru_cache(maxsize=FRAGMENTS_KEPT)
def _fragment(template_name: str, manner: tuple[Any, ...], about: Any) -> SafeString:
    return SafeString(get_template(template_name).render({'about': about}))


@register.simple_tag
@lru_cache(maxsize=ADDRESSES_KEPT)
def address(name: str, *arguments: str | int) -> str:
    """`{% address 'playbooks:playbook' slug %}`: as `url`, but looked up once."""
    return reverse(name, args=arguments)
