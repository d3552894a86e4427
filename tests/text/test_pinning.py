"""A pin changes its one line, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.text import Refused, normalize, pin, read

from . import markup


@pytest.mark.parametrize(
    ('line', 'pinned'),
    [
        ('- [ ] a', '- [ ] a {#k}'),
        ('- [ ] a  ', '- [ ] a {#k}  '),
        ('- [x] a {due=+1d}', '- [x] a {#k due=+1d}'),
        ('- [ ] a {#old due=+1d}', '- [ ] a {#k due=+1d}'),
        ('- [ ] a {due=+1d #old optional}', '- [ ] a {#k due=+1d optional}'),
        ('- [ ] a {after="x, #y" #old}', '- [ ] a {#k after="x, #y"}'),
        ('- [ ] a {name}', '- [ ] a {name} {#k}'),
        ('-\t[ ]\ta\t{#old}', '-\t[ ]\ta\t{#k}'),
        ('1. [ ] `a', '1. [ ] `a {#k}'),
    ],
)
def test_one_line_is_pinned(line, pinned):
    assert pin(f'x\n\n{line}\n  more\n', {3: 'k'}) == f'x\n\n{pinned}\n  more\n'


def test_several_lines_may_change_their_keys_at_once():
    assert pin('- [ ] a {#x}\n- [ ] b {#y}\n', {1: 'y', 2: 'x'}) == '- [ ] a {#y}\n- [ ] b {#x}\n'


@pytest.mark.parametrize(
    ('text', 'keys', 'message'),
    [
        ('- [ ] a', {1: 'No Key'}, '“No Key” is no key.'),
        ('- a', {1: 'k'}, 'Line 1 is no task.'),
        ('- [ ] a\n- [ ] b {#k}', {1: 'k'}, 'The key “k” is taken by line 2.'),
        ('- [ ] a\n- [ ] b', {1: 'k', 2: 'k'}, 'The key “k” is taken by line 1.'),
    ],
)
def test_what_cannot_be_pinned_is_refused(text, keys, message):
    with pytest.raises(ValueError, match=message):
        pin(text, keys)


@given(markup.MARKUP, st.integers(0, 50))
@settings(max_examples=200, deadline=None)
def test_pinning_changes_that_one_line_and_nothing_else(text, choice):
    text = normalize(text)
    try:
        before = read(text).items
    except Refused:
        return
    if not before:
        return
    item = before[choice % len(before)]

    after = pin(text, {item.line: 'pinned-here'})

    old, new = text.split('\n'), after.split('\n')
    assert [number for number, (a, b) in enumerate(zip(old, new, strict=True), 1) if a != b] == [item.line]
    found = read(after).items
    assert [(i.line, i.text, i.detail_html.count('<')) for i in found] == [
        (i.line, i.text, i.detail_html.count('<')) for i in before
    ]
    assert next(i.key for i in found if i.line == item.line) == 'pinned-here'
    assert pin(after, {item.line: 'pinned-here'}) == after
