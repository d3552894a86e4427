"""The door that every text passes, and the front matter of files."""

import datetime as dt

import pytest
from hypothesis import given, settings

from playbooks.text import front_matter, normalize, read

from . import markup


@pytest.mark.parametrize(
    ('text', 'normal'),
    [
        ('', ''),
        ('\n\n', ''),
        ('a', 'a\n'),
        ('a\n\n\n', 'a\n'),
        ('a\r\nb\rc', 'a\nb\nc\n'),
        ('\ufeffa\0b', 'ab\n'),
        ('\0\ufeff\ufeffa', 'a\n'),
        ('a  \n\tb ', 'a  \n\tb \n'),
        ('a\r\0\nb', 'a\nb\n'),
    ],
)
def test_a_text_is_normalized(text, normal):
    assert normalize(text) == normal


@given(markup.ANYTHING)
@settings(max_examples=200)
def test_a_normal_text_stays_as_it_is(text):
    normal = normalize(text)

    assert normalize(normal) == normal
    assert normal.encode().decode() == normal


def test_half_a_character_is_replaced():
    assert normalize('a\ud800') == 'a\ufffd\n'


@pytest.mark.parametrize(
    ('text', 'found'),
    [
        ('---\ntitle: A\ntags: [b, c]\n---\n# D\n', ({'title': 'A', 'tags': ['b', 'c']}, '# D\n', 5)),
        ('---\ndate: 2026-11-22\n...\nx\n', ({'date': dt.date(2026, 11, 22)}, 'x\n', 4)),
        ('---\n---\nx\n', ({}, 'x\n', 3)),
        ('---\n1: a\n---\n', ({'1': 'a'}, '', 4)),
        ('---\ntitle: "A\n---\nx\n', ({}, '---\ntitle: "A\n---\nx\n', 1)),
        ('---\n- a\n---\nx\n', ({}, '---\n- a\n---\nx\n', 1)),
        ('---\na: &x [1]\nb: *x\n---\n', ({}, '---\na: &x [1]\nb: *x\n---\n', 1)),
        ('---\na: !!python/object:os.system x\n---\n', ({}, '---\na: !!python/object:os.system x\n---\n', 1)),
        ('---\nnever closed\n', ({}, '---\nnever closed\n', 1)),
        ('x\n---\na: b\n---\n', ({}, 'x\n---\na: b\n---\n', 1)),
        ('', ({}, '', 1)),
    ],
)
def test_front_matter_is_taken_off_and_nothing_is_lost(text, found):
    assert front_matter(text) == found


def test_an_empty_text_is_an_empty_document():
    assert read('').html == read(' \n\t\n').html == ''
