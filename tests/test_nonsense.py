"""Nonsense in every field of every form and address: a page says what is wrong, or takes it, and never breaks."""

from html.parser import HTMLParser
from itertools import cycle
from urllib.parse import urlencode

from django.db import transaction
from django.forms import BaseForm
from django.test import TestCase
from django.urls import reverse

from .test_access import DOORS, make_world

FORM = 'application/x-www-form-urlencoded'
NONSENSE = [
    'a\x00b',  # which PostgreSQL takes in no text
    b'\xed\xb2\x80',  # half of a pair, which is no UTF-8
    '9' * 30,  # beyond the whole numbers of either database
    '-1',
    '0001-01-01T00:00:00+14:00',  # before the first day there is, in every other time zone
    '٣',  # a digit to Python
    '\'"<b>' * 1000,
]


class Forms(HTMLParser):
    """The forms of a page: where each leads, how, and what it would send untouched."""

    def __init__(self, address):
        super().__init__()
        self.address, self.found, self.within = address, [], None
        self.select = ''

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get('name')
        if tag == 'form':
            to = attrs.get('action') or self.address
            self.found.append((attrs.get('method', 'get').lower(), to, {}))
        elif tag == 'select' and name and self.found:
            self.select = name
            self.found[-1][2].setdefault(name, '')
        elif tag == 'option' and 'selected' in attrs and self.select:
            self.found[-1][2][self.select] = attrs.get('value') or ''
        elif tag in {'input', 'button', 'textarea'} and name and self.found and attrs.get('type') != 'file':
            self.found[-1][2].setdefault(name, attrs.get('value') or 'x')


def names_of_all_fields():
    """Every name that any of our forms asks for."""
    names, todo = set(), [BaseForm]
    while todo:
        form = todo.pop()
        todo += form.__subclasses__()
        if form.__module__.startswith(('accounts.', 'playbooks.', 'onboarding.')):
            names |= set(getattr(form, 'base_fields', ()))
    return names


class NonsenseTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = make_world()

    def setUp(self):
        self.client.force_login(self.world.people['editor'])
        self.client.raise_request_exception = False

    def send(self, method, address, data):
        """The answer; nothing that it did stays."""
        sent = urlencode(data)
        with transaction.atomic():
            if method == 'get':
                answer = self.client.get(f'{address.partition("?")[0]}?{sent}')
            else:
                answer = self.client.post(address, sent, content_type=FORM)
            if answer.streaming:
                b''.join(answer)
            transaction.set_rollback(True)
        self.assertLess(answer.status_code, 500, f'{method} {address} {sent[:200]}')
        return answer

    def address(self, door):
        return reverse(door.name, args=[getattr(self.world, argument) for argument in door.args])

    def test_in_every_parameter_of_every_address(self):
        names, nonsense = names_of_all_fields(), cycle(NONSENSE)
        for door in DOORS:
            self.send(door.method, self.address(door), door.data | dict.fromkeys(names, next(nonsense)))
            for name in door.data:
                self.send(door.method, self.address(door), door.data | {name: next(nonsense)})

    def test_in_every_field_of_every_form(self):
        done, nonsense = set(), cycle(NONSENSE)
        for door in DOORS:
            if door.method != 'get':
                continue
            page = self.send('get', self.address(door), {})
            if page.status_code != 200 or not page.headers['Content-Type'].startswith('text/html'):
                continue
            forms = Forms(self.address(door))
            forms.feed(page.content.decode())
            for method, address, fields in forms.found:
                same = (method, tuple(sorted(fields)), address.rstrip('/').rpartition('/')[2])
                if same in done or 'logout' in address:
                    continue
                done.add(same)
                for name in fields:
                    self.send(method, address, fields | {name: next(nonsense)})
        self.assertGreater(len(done), 50)
