"""Markdown compared line by line: applied to the old text it gives the new one, and both layouts say the same."""

import re
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.text.linediff import lines_of, stretches
from playbooks.text.normal import normalize

LINE = st.text(st.sampled_from('ab <>&"#-[]{}*\x0b\u2028é'), max_size=6)
TEXT = st.lists(LINE, max_size=30).map('\n'.join).map(normalize)


def applied(old, found):
    """What the comparison makes of the old text, taking from it only the old lines that it says are there."""
    lines, at, made = lines_of(old), 0, []
    for stretch in found:
        if stretch.kind == 'fold':
            made += lines[at : at + stretch.count]
            at += stretch.count
            continue
        for line in stretch.lines:
            if line.kind != 'added':
                assert lines[at] == line.text
                assert line.old == at + 1
                at += 1
            if line.kind != 'removed':
                made.append(line.text)
                assert stretch.kind == 'changed' or line.new == len(made)
    assert at == len(lines)
    return ''.join(f'{line}\n' for line in made)


def plain(html, without):
    return unescape(re.sub(r'<[^>]+>', '', re.sub(rf'<{without}>.*?</{without}>', '', html, flags=re.DOTALL)))


@settings(deadline=None)
@given(TEXT, TEXT)
def test_applied_to_the_old_text_the_lines_give_the_new_one(old, new):
    assert applied(old, stretches(old, new)) == new


@settings(deadline=None)
@given(TEXT, TEXT)
def test_two_columns_hold_the_same_lines_as_one(old, new):
    for stretch in stretches(old, new):
        if stretch.kind == 'fold':
            continue
        one = {side: [line.text for line in stretch.lines if line.kind != side] for side in ('added', 'removed')}
        olds = [plain(row.old_html, 'ins') for row in stretch.rows if row.old is not None]
        news = [plain(row.new_html, 'del') for row in stretch.rows if row.new is not None]
        assert (olds, news) == (one['added'], one['removed'])
        assert not any('<ins>' in row.old_html or '<del>' in row.new_html for row in stretch.rows)
        numbers = [row.old for row in stretch.rows if row.old], [row.new for row in stretch.rows if row.new]
        assert all(sorted(column) == column for column in numbers)


def test_keeps_three_lines_around_a_change_and_folds_the_rest():
    old = [f'line {number}' for number in range(20)]
    new = [*old[:10], 'another', *old[11:]]

    found = stretches('\n'.join(old) + '\n', '\n'.join(new) + '\n')

    assert [(one.kind, one.id, one.count) for one in found] == [
        ('fold', '', 7),
        ('same', '', 3),
        ('changed', 'c1', 2),
        ('same', '', 3),
        ('fold', '', 6),
    ]


def test_a_line_that_became_another_stands_beside_it_with_its_words_marked():
    old = 'Call twenty customers.\nGone for good.\n'
    new = 'Call five customers.\n'

    (changed,) = stretches(old, new)

    assert [(row.old, row.old_html, row.new, row.new_html) for row in changed.rows] == [
        (1, 'Call <del>twenty</del> customers.', 1, 'Call <ins>five</ins> customers.'),
        (2, '<del>Gone for good.</del>', None, ''),
    ]
