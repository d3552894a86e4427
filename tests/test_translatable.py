"""All words of the interface go through gettext, and all dates through the reader's filters. Source: STYLE, Words."""

import ast
import html
import re
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType
from django.test import SimpleTestCase

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(path for path in (ROOT / 'templates').rglob('*') if path.suffix in {'.html', '.txt'})
APPS = ('accounts', 'playbooks', 'onboarding', 'config')

LETTERS = re.compile(r'[^\W\d_]{2,}')  # one letter alone is a key, or the v of v7
SAME_IN_EVERY_LANGUAGE = {'Rampbook', 'Markdown'}
SPOKEN = {'alt', 'aria-label', 'aria-description', 'aria-roledescription', 'placeholder', 'title', 'label', 'summary'}
UNSEEN = {'script', 'style', 'template', 'kbd', 'code', 'pre'}  # keys and code are no words

# Text that an expression brings along: {{ name|default:'Nobody' }}, {% include … with title='Today' %}.
BROUGHT = re.compile(r"""\|(?:default|default_if_none|yesno|pluralize|add):(?:'([^']*)'|"([^"]*)")""")
GIVEN = re.compile(r"""\b(?:label|title|text|words|heading|message|empty|hint)=(?:'([^']*)'|"([^"]*)")""")
TRANSLATED = ('translate ', 'trans ', 'blocktranslate', 'blocktrans')

FORMATTED = re.compile(r'\|\s*(date|time|timesince|timeuntil|naturaltime|naturalday)\b(?::[\'"]([^\'"]*)[\'"])?')
FOR_MACHINES = {'Y-m-d', 'c', 'U'}
# By the house's names: instants end in _at, dates in _on; but for form fields, and what Python has written out already.
BARE_DAY = re.compile(r'(?!form\.|own\.opens_on\b)[\w.]*(?:_at|_on|\bfirst_day)')
READERS = re.compile(r'\|(?:day|daylong|dayshort|moment|clock|date:\'(?:Y-m-d|c)\')')


def parts(source):
    """The tokens of a template, each with whether it stands inside {% blocktranslate %}; no comments, no classes."""
    inside = hidden = False
    for token in Lexer(source).tokenize():
        words = token.contents.split() if token.token_type == TokenType.BLOCK else []
        first = words[0] if words else ''
        if first in {'comment', 'endcomment'} or words[:2] == ['block', 'page_class']:
            hidden = first != 'endcomment'
        elif first == 'endblock':
            hidden = False
        elif first in {'blocktranslate', 'blocktrans'}:
            inside = True
        if not hidden and token.token_type != TokenType.COMMENT:
            yield token, inside
        if first in {'endblocktranslate', 'endblocktrans'}:
            inside = False


class Spoken(HTMLParser):
    """Collects what a person sees or hears of HTML."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.found, self.open = [], []

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag in UNSEEN:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        kinds = dict(attributes)
        for name, value in attributes:
            if value and (name in SPOKEN or (name == 'value' and kinds.get('type') in {'submit', 'button'})):
                self.found.append(value)

    def handle_endtag(self, tag):
        if tag in self.open:
            self.open.remove(tag)

    def handle_data(self, text):
        if not self.open:
            self.found.append(text)


def words_left(text):
    return [word for word in LETTERS.findall(html.unescape(text)) if word not in SAME_IN_EVERY_LANGUAGE]


def untranslated(source, *, is_html=True):
    """The words of a template that stand outside gettext."""
    plain, brought = [], []
    for token, inside in parts(source):
        if token.token_type == TokenType.TEXT:
            plain.append('' if inside else token.contents)
        else:
            is_tag = plain and plain[-1].endswith(('<', '</'))  # <{{ heading }} class="h4">
            plain.append('b' if is_tag else ' ' if token.token_type == TokenType.VAR else '')
            if not token.contents.startswith(TRANSLATED):
                pairs = BROUGHT.findall(token.contents) + GIVEN.findall(token.contents)
                brought += [one or other for one, other in pairs]
    text = ''.join(plain)
    if is_html:
        spoken = Spoken()
        spoken.feed(text)
        spoken.close()
        texts = spoken.found
    else:
        texts = [text]
    return [' '.join(one.split()) for one in [*texts, *brought] if words_left(one)]


def dates_of_their_own(source):
    """Expressions that write a date in another manner than the reader's, or as Python does."""
    found, bound = [], set()
    for token, inside in parts(source):
        if token.token_type == TokenType.TEXT or (inside and token.contents in bound):
            continue
        found += [match[0] for match in FORMATTED.finditer(token.contents) if match[2] not in FOR_MACHINES]
        if token.token_type == TokenType.VAR:
            shown = [token.contents]
        elif token.contents.startswith('blocktrans'):
            shown = re.findall(r'=(\S+)', token.contents)
            bound = set(re.findall(r'(\w+)=', token.contents))
        else:
            shown = []
        found += [one for one in shown if BARE_DAY.fullmatch(one.partition('|')[0]) and not READERS.search(one)]
    return found


def place(path):
    return str(path.relative_to(ROOT))


class TranslatableTests(SimpleTestCase):
    maxDiff = None

    def test_the_words_of_every_template_go_through_gettext(self):
        found = {
            place(path): words
            for path in TEMPLATES
            if (words := untranslated(path.read_text(encoding='utf-8'), is_html=path.suffix == '.html'))
        }

        self.assertGreater(len(TEMPLATES), 80)
        self.assertEqual(found, {})

    def test_the_dates_of_every_template_are_the_readers(self):
        found = {
            place(path): dates for path in TEMPLATES if (dates := dates_of_their_own(path.read_text(encoding='utf-8')))
        }

        self.assertEqual(found, {})

    def test_no_code_but_the_readers_own_writes_a_date_for_people(self):
        calls = {}
        for path in sorted(path for app in APPS for path in (ROOT / app).rglob('*.py')):
            for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
                name = getattr(node.func, 'attr', getattr(node.func, 'id', '')) if isinstance(node, ast.Call) else ''
                if name in {'strftime', 'date_format', 'time_format', 'ctime'}:
                    calls.setdefault(place(path), []).append(f'line {node.lineno}: {name}')

        self.assertEqual(set(calls) - {'accounts/reader.py'}, set(), calls)

    def test_the_search_for_words_finds_what_it_should(self):
        cases = {
            '<p>Today</p>': ['Today'],
            '<p>{% translate "Today" %}: {{ n }} · v{{ number }}</p>': [],
            '<a aria-label="Print {{ x }}"></a>': ['Print'],
            '<a title="{% translate \'Print\' %}"></a>': [],
            '{% if a %}yes{% else %}{% blocktranslate %}no{% endblocktranslate %}{% endif %}': ['yes'],
            '<input type="submit" value="Send">': ['Send'],
            "{{ name|default:'Nobody' }}": ['Nobody'],
            "{% include 'a.html' with title='Home' %}": ['Home'],
            '{# Remark #}{% comment %}Remark{% endcomment %}<kbd>Esc</kbd>&nbsp;&middot;': [],
        }
        for source, expected in cases.items():
            with self.subTest(source):
                self.assertEqual(untranslated(source), expected)

    def test_the_search_for_dates_finds_what_it_should(self):
        cases = {
            "{{ day|date:'j M' }}": ["|date:'j M'"],
            '{{ run.anchor_on }}': ['run.anchor_on'],
            '{% blocktranslate with day=run.ended_at %}x{% endblocktranslate %}': ['run.ended_at'],
            '{% blocktranslate with on=run.ended_on|day %}On {{ on }}{% endblocktranslate %}': [],
            '{% blocktranslate %}On {{ first_day }}{% endblocktranslate %}': ['first_day'],
            "{{ run.anchor_on|day }}{{ at|moment }}{{ on|date:'Y-m-d' }}{% if run.ended_at %}{% endif %}": [],
        }
        for source, expected in cases.items():
            with self.subTest(source):
                self.assertEqual(dates_of_their_own(source), expected)
