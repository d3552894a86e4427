"""The last step to HTML: an allow-list. What is not on it, whoever wrote it, does not come out.

Identifiers and fragments that this package makes carry a mark that no text can know; the cleaner takes it off. All
others come from HTML in the text and get the prefix of headings, so that they clash with nothing on the page around the
document.
"""

import re
import secrets

import nh3

from . import highlighting
from .links import SECTION_ID
from .rawhtml import is_remote

MARK = 'own' + secrets.token_hex(12) + '-'

TAGS = frozenset(
    (  # noqa: SIM905 (so many words read better in a row)
        'a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption '
        'figure h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q s samp section small span strike '
        'strong sub summary sup table tbody td tfoot th thead tr tt u ul var video'
    ).split()
)
DROPPED_WITH_CONTENT = frozenset(
    (  # noqa: SIM905 (so many words read better in a row)
        'applet audio canvas embed frame frameset head iframe math noembed noframes noscript object plaintext '
        'script select style svg template textarea title xmp'
    ).split()
)
ATTRIBUTES = {
    '*': {'data-line', 'dir', 'id', 'lang', 'title'},
    'a': {'aria-label', 'href', 'name'},
    'col': {'span'},
    'colgroup': {'span'},
    'details': {'open'},
    'div': {'aria-label'},
    'img': {'alt', 'height', 'src', 'width'},
    'input': {'aria-label', 'checked', 'disabled'},
    'ol': {'reversed', 'start'},
    'section': {'aria-label'},
    'td': {'colspan', 'headers', 'rowspan'},
    'th': {'colspan', 'headers', 'rowspan', 'scope'},
    'video': {'controls', 'height', 'src', 'width'},
}
VALUES = {
    'div': {'role': {'group'}, 'tabindex': {'0'}},
    'pre': {'tabindex': {'0'}},
    'td': {'align': {'center', 'left', 'right'}},
    'th': {'align': {'center', 'left', 'right'}},
    'video': {'preload': {'metadata', 'none'}},
}
SCHEMES = {'http', 'https', 'mailto', 'tel'}
SCHEME = re.compile(r'([a-z][a-z0-9+.-]*):', re.IGNORECASE)
IGNORED = re.compile(r'[\x00-\x20]+')
CALLOUTS = ('note', 'tip', 'important', 'warning', 'caution')
CLASSES = {
    'a': {'anchor', 'footnote-back', 'footnote-ref', 'player', 'wiki'},
    'blockquote': {'callout', *(f'callout-{kind}' for kind in CALLOUTS)},
    'div': {'scroll'},
    'li': {'task'},
    'p': {'callout-title'},
    'pre': {'code'},
    'section': {'footnotes'},
    'span': {'label', 'own', *highlighting.CLASSES},
    'sup': {'footnote'},
}


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """What becomes of an attribute on the allow-list."""
    if attribute in ('data-line', 'id', 'name', 'href') and value.startswith(MARK):
        return value.removeprefix(MARK)
    if attribute == 'data-line':
        return None
    if attribute in ('id', 'name'):
        return SECTION_ID + value
    if attribute == 'href' and value.startswith('#') and len(value) > 1:
        return f'#{SECTION_ID}{value[1:]}'
    if attribute == 'src' and is_remote(value):
        return None
    if attribute == 'href' and (scheme := SCHEME.match(IGNORED.sub('', value))) and scheme[1].lower() not in SCHEMES:
        return None  # as nh3 does, but without regard to any white space in it
    return value


# `noreferrer` keeps the addresses of our pages, which may say much, out of other sites' logs; `noopener` keeps a new
# tab from reaching back. No `nofollow`: it speaks to search engines, and none reads behind a sign-in.
CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=DROPPED_WITH_CONTENT,
    attributes=ATTRIBUTES,
    attribute_filter=_filter,
    tag_attribute_values=VALUES,
    # One only for each: the order of several is another in each process.
    set_tag_attribute_values={'input': {'type': 'checkbox'}, 'video': {'controls': ''}},
    allowed_classes=CLASSES,
    url_schemes=SCHEMES,
    link_rel='noopener noreferrer',
)
NEEDS_CLEANING = re.compile('[<&]')
CONTROL = re.compile('[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]')  # which `&#2;` brings back in

TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)(?:\s(?:[^"<>]|"[^"]*")*)?>')
# What we added to the text, as the cleaner writes it: attributes in this order, no quotation mark within a value.
NOT_READ = re.compile(
    r'<a aria-label="[^"]*" class="(?:anchor|footnote-back)"[^>]*>[^<]*</a>'
    r'|<sup class="footnote"><a [^>]*>[^<]*</a></sup>'
    r'|<span class="own">[^<]*</span>'
)
INLINE = frozenset(
    (  # noqa: SIM905 (so many words read better in a row)
        'a abbr b cite code del dfn em i ins kbd mark q s samp small span strike strong sub sup tt u var video'
    ).split()
)


def clean(html: str) -> str:
    """HTML with nothing in it but what is on the allow-list."""
    return CONTROL.sub('\ufffd', CLEANER.clean(html)) if NEEDS_CLEANING.search(html) else html


def plain_text(html: str) -> str:
    """The text that a reader of cleaned HTML sees, a line for each block, without what we added to it."""
    text = TAG.sub(lambda tag: '' if tag[2] in INLINE else '\n', NOT_READ.sub('', html))
    for entity, char in (('&lt;', '<'), ('&gt;', '>'), ('&nbsp;', ' '), ('&quot;', '"'), ('&amp;', '&')):
        text = text.replace(entity, char)
    lines = (' '.join(line.split()) for line in text.split('\n'))
    return '\n'.join(line for line in lines if line)
