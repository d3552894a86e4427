"""Putting together what two people wrote: nobody's line goes without anybody having deleted it.

The texts here are made to be hard: few different lines, so that they repeat, move and meet.
"""

import time
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from playbooks.text.merge import merge

lines = st.lists(st.sampled_from(['a\n', 'b\n', 'c\n', 'd\n', '\n']), max_size=9)
three = st.tuples(lines, lines, lines).map(lambda found: tuple(''.join(one) for one in found))
OFTEN = settings(max_examples=300, deadline=None)


@st.composite
def edited(draw):
    """A text of lines that hardly repeat, and two edits: lines deleted, moved, said otherwise, added next to others."""
    base = draw(st.lists(st.sampled_from([f'{n}\n' for n in range(12)] + ['\n', 'again\n']), max_size=16))

    def edit():
        text = list(base)
        for what, place, other in draw(st.lists(st.tuples(st.sampled_from('dmca'), PLACE, PLACE), max_size=5)):
            at, to = place % (len(text) + 1), other % (len(text) + 1)
            if what == 'a':
                text.insert(at, draw(st.sampled_from(['new\n', 'again\n', 'other\n'])))
            elif at < len(text) and what == 'c':
                text[at] = text[at].strip() + ' changed\n'
            elif at < len(text):
                line = text.pop(at)
                if what == 'm':
                    text.insert(to, line)
        return text

    return tuple(''.join(one) for one in (base, edit(), edit()))


PLACE = st.integers(0, 30)


def counted(text):
    return Counter(line for line in text.splitlines() if line.strip())


def shown(found, side):
    """What is there if one side's part is kept in each conflict."""
    return counted(''.join(''.join(chunk.lines + getattr(chunk, side)) for chunk in found.chunks))


def check_nothing_is_lost(base, ours, theirs):
    found = merge(base, ours, theirs)
    was, mine, yours = counted(base), counted(ours), counted(theirs)
    for line in was | mine | yours:
        if mine[line] >= was[line] <= yours[line]:
            assert shown(found, 'ours')[line] >= mine[line], line
            assert shown(found, 'theirs')[line] >= yours[line], line


@given(three)
@OFTEN
@example(('a\nb\nc\n', 'a\nb\na\nc\n', 'b\na\nc\n'))  # one moves a line to where the other added the same
def test_what_anybody_added_and_nobody_deleted_is_there_as_often_in_the_text_or_an_open_conflict(texts):
    check_nothing_is_lost(*texts)


@given(edited())
@OFTEN
def test_it_is_there_after_edits_as_people_make_them(texts):
    check_nothing_is_lost(*texts)


@given(three)
@OFTEN
def test_a_line_that_nobody_had_is_nowhere(texts):
    found = merge(*texts)

    known = {line for text in texts for line in text.splitlines()}
    assert {line for side in ('ours', 'theirs') for line in shown(found, side)} <= known


@given(three)
@OFTEN
def test_who_changed_nothing_changes_nothing_and_the_same_twice_is_once(texts):
    base, ours, theirs = texts

    assert merge(base, ours, base).text == ours
    assert merge(base, base, theirs).text == theirs
    assert merge(base, ours, ours).text == ours


@given(three)
@OFTEN
def test_the_sides_may_be_exchanged(texts):
    base, ours, theirs = texts

    one, other = merge(base, ours, theirs), merge(base, theirs, ours)

    assert [(c.lines, c.base, c.ours, c.theirs) for c in one.chunks] == [
        (c.lines, c.base, c.theirs, c.ours) for c in other.chunks
    ]


def test_a_text_of_the_largest_size_with_nothing_but_repeated_lines_is_merged_in_a_moment():
    base = ['a\n', '\n', 'b\n', '\n'] * 20_000
    ours, theirs = list(base), list(base)
    for at in range(0, 80_000, 1600):
        ours[at], theirs[at + 800] = 'mine\n', 'yours\n'
    began = time.process_time()

    found = merge(''.join(base), ''.join(ours), ''.join(theirs))

    assert time.process_time() - began < 5
    assert counted(found.text)['mine'] == counted(found.text)['yours'] == 50
