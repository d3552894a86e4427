"""Selected lines become task lines. The editor's script is held to the same examples (tests/browser)."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.text import read
from playbooks.text.aschecklist import as_checklist

from . import markup

EXAMPLES = {
    'plain lines': ('Ask Wen\nBook a room\n', '- [ ] Ask Wen\n- [ ] Book a room\n'),
    'bullets of every sort': ('- a\n* b\n+ c\n', '- [ ] a\n* [ ] b\n+ [ ] c\n'),
    'numbers': ('1. a\n2. b\n10) c\n', '1. [ ] a\n2. [ ] b\n10) [ ] c\n'),
    'boxes': ('☐ a\n☑ b\n- ☒ c\n[ ] d\n[x] e\n', '- [ ] a\n- [ ] b\n- [ ] c\n- [ ] d\n- [ ] e\n'),
    'signs of other programs': ('• a\n◦ b\n– c\n', '- [ ] a\n- [ ] b\n- [ ] c\n'),
    'nested bullets': ('- a\n  - b\n    1. c\n- d\n', '- [ ] a\n  - [ ] b\n    1. [ ] c\n- [ ] d\n'),
    'an indented outline': ('a\n    b\n        c\n    d\ne\n', '- [ ] a\n  - [ ] b\n    - [ ] c\n  - [ ] d\n- [ ] e\n'),
    'an outline by tabs': ('a\n\tb\n\t\tc\nd\n', '- [ ] a\n  - [ ] b\n    - [ ] c\n- [ ] d\n'),
    'headings and empty lines': ('## One\n\na\n\nTitle\n===\n\nb\n', '## One\n\n- [ ] a\n\nTitle\n===\n\n- [ ] b\n'),
    'details of a point': ('- a\n  more\n\n  - b\n', '- [ ] a\n  more\n\n  - [ ] b\n'),
    'tasks already': ('- [ ] a {#k due=+1d}\n- [x] b\n', '- [ ] a {#k due=+1d}\n- [x] b\n'),
    'code': ('a\n```\nb\n- c\n```\nd\n', '- [ ] a\n```\nb\n- c\n```\n- [ ] d\n'),
    'a table': (
        'a\n\n|x|y|\n|-|-|\n|1|2|\n\nx | y\n--|--\n1 | 2\n\nb\n',
        '- [ ] a\n\n|x|y|\n|-|-|\n|1|2|\n\nx | y\n--|--\n1 | 2\n\n- [ ] b\n',
    ),
    'quotes, rules, HTML, definitions': ('> a\n\n---\n<div>\n[x]: /u\n', '> a\n\n---\n<div>\n[x]: /u\n'),
}


@pytest.mark.parametrize('name', EXAMPLES)
def test_lines_become_tasks(name):
    before, after = EXAMPLES[name]

    assert as_checklist(before, 1, 99) == after
    assert as_checklist(after, 1, 99) == after


def test_only_the_selected_lines_change():
    assert as_checklist('a\n- b\n- c\nd\n', 2, 2) == 'a\n- [ ] b\n- c\nd\n'


def test_a_selected_line_below_a_point_lies_below_it():
    assert as_checklist('- a\n  b\n', 2, 2) == '- a\n  - [ ] b\n'


def test_a_line_after_the_selection_does_not_become_a_part_of_the_last_item():
    text = as_checklist('a\nb\nc\n', 1, 2)

    assert text == '- [ ] a\n- [ ] b\n\nc\n'
    assert [item.text for item in read(text).items] == ['a', 'b']


def words(text):
    return [char for char in re.sub(r'\[[ xX]\]', '', text) if char.isalnum()]


@given(markup.MARKUP, st.integers(1, 9), st.integers(0, 9))
@settings(max_examples=300, deadline=None)
def test_doing_it_twice_changes_nothing_and_no_word_is_lost(text, first, more):
    once = as_checklist(text, first, first + more)

    assert as_checklist(once, first, first + more) == once
    assert words(once) == words(text)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=8),
    st.sampled_from([['- ', '* ', '• ', '☐ '], [''], ['• '], ['- ']]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None)
def test_each_line_of_an_outline_is_an_item_below_the_one_it_was_below(depths, signs, random):
    text = ''.join(f'{"  " * depth}{random.choice(signs)}line {n}\n' for n, depth in enumerate(depths))

    items = read(as_checklist(text, 1, len(depths))).items

    assert [item.text for item in items] == [f'line {n}' for n in range(len(depths))]
    assert [item.parent for item in items] == [
        next((f'line-{above}' for above in reversed(range(n)) if depths[above] < depths[n]), None)
        for n in range(len(depths))
    ]
