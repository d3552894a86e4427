"""Every mend makes its problem go, and changes nothing but its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.text import Mend, Problem, read


def mend(text):
    """The mend of the one problem of a text."""
    (problem,) = read(text).problems
    return problem.mend


def apply(text, mended):
    lines = text.split('\n')
    lines[mended.line - 1 : mended.line] = [] if mended.replacement is None else [mended.replacement]
    return '\n'.join(lines)


@pytest.mark.parametrize(
    ('line', 'label', 'mended'),
    [
        ('- [ ] a {dew=+3d}', 'Write due=+3d', '- [ ] a {due=+3d}'),
        ('- [ ] a {dew="5 days" #k}', 'Write due=+5d', '- [ ] a {due=+5d #k}'),
        ('- [ ] a {due=5 days}', 'Write due=+5d', '- [ ] a {due=+5d}'),
        ('- [ ] a {#k due=-2 working days optional}', 'Write due=-2wd', '- [ ] a {#k due=-2wd optional}'),
        ('- [ ] a {due=5}', 'Write due=+5d', '- [ ] a {due=+5d}'),
        ('- [ ] a {due = +5d}', 'Write due=+5d', '- [ ] a {due=+5d}'),
        ('- [ ] a {due=soon}', 'Take “due=soon” off', '- [ ] a'),
        ('- [ ] a {due}', 'Take “due” off', '- [ ] a'),
        ('- [ ] a {due=+1d due=+2d}', 'Keep the first', '- [ ] a {due=+1d}'),
        ('- [ ] a {due=+1d dew=+2d}', 'Take “dew=+2d” off', '- [ ] a {due=+1d}'),
        ('- [ ] a {due=+1d +2wd}', 'Take “+2wd” off', '- [ ] a {due=+1d}'),
        ('- [ ] a {#k +2wd}', 'Write due=+2wd', '- [ ] a {#k due=+2wd}'),
        ('- [ ] a {kind=sumbit}', 'Write kind=submit', '- [ ] a {kind=submit}'),
        ('- [ ] a {kind=party}', 'Take “kind=party” off', '- [ ] a'),
        ('- [ ] a {#k Meet}', 'Write kind=meet', '- [ ] a {#k kind=meet}'),
        ('- [ ] a {estimate=2 hours}', 'Write estimate=2h', '- [ ] a {estimate=2h}'),
        ('- [ ] a {estimate="1h 30"}', 'Write estimate=90m', '- [ ] a {estimate=90m}'),
        ('- [ ] a {role="Release Captain"}', 'Write role=release-captain', '- [ ] a {role=release-captain}'),
        ('- [ ] a {optional=yes}', 'Write optional', '- [ ] a {optional}'),
        ('- [ ] a {optional=no}', 'Take “optional=no” off', '- [ ] a'),
        ('- [ ] a {#First}', 'Write #first', '- [ ] a {#first}'),
        ('- [ ] a {#first #second}', 'Keep the first', '- [ ] a {#first}'),
        ('- [ ] a {#k color=red}  ', 'Take “color=red” off', '- [ ] a {#k}  '),
        ('- [ ] a {after=q}', 'Take “q” out of “after”', '- [ ] a'),
        ('- [ ] a {#k after=k}', 'Let “k” not wait for “k”', '- [ ] a {#k}'),
        ('- [ ] a {kind=read due=+1d}', 'Make it a task to do', '- [ ] a {due=+1d}'),
        ('- [ ] a {due=+1d', 'Close the brace', '- [ ] a {due=+1d}'),
        ('- [ ] a {due=+1d} soon', 'Move it to the end', '- [ ] a soon {due=+1d}'),
        ('- [ ] a {due: +1d}', 'Write {due=+1d}', '- [ ] a {due=+1d}'),
        ('# Plan {rol=buddy}', 'Write role=buddy', '# Plan {role=buddy}'),
    ],
)
def test_a_problem_comes_with_the_line_that_has_it_no_more(line, label, mended):
    assert mend(line) == Mend(label, 1, mended)
    assert read(mended).problems == []


def test_a_key_that_names_no_task_becomes_the_nearest_that_does_not_wait_itself():
    text = '- [ ] a {#brief}\n- [ ] b {#talk after=breif}'

    assert mend(text) == Mend('Write brief instead of breif', 2, '- [ ] b {#talk after=brief}')

    waiting = '- [ ] a {#brief after=talk}\n- [ ] b {#talk after=breif}'

    assert mend(waiting) == Mend('Take “breif” out of “after”', 2, '- [ ] b {#talk}')


def test_a_circle_is_opened_where_it_closes():
    assert mend('- [ ] a {#a after=b}\n- [ ] b {#b after=a,c}\n- [ ] c {#c}') == Mend(
        'Let “b” not wait for “a”', 2, '- [ ] b {#b after=c}'
    )


def test_a_circle_that_a_heading_makes_is_opened_at_the_heading():
    assert mend('# Plan {after=a}\n\n- [ ] a {#a}').line == 1


def test_a_key_taken_twice_is_taken_off_the_second():
    assert mend('- [ ] a {#k}\n- [ ] b {#k due=+1d}') == Mend('Take “#k” off here', 2, '- [ ] b {due=+1d}')


def test_a_task_to_read_below_a_heading_of_such_says_itself_that_it_is_none():
    assert mend('# Read {kind=read}\n\n- [ ] a {#k}') == Mend('Make it a task to do', 3, '- [ ] a {#k kind=do}')
    assert mend('# Read {kind=read}\n\n- [ ] a') == Mend('Make it a task to do', 3, '- [ ] a {kind=do}')


def test_a_link_to_no_heading_becomes_one_to_the_nearest():
    assert mend('# Before you start\n\nSee [above](#before-you-strat).') == Mend(
        'Link to “before-you-start”', 3, 'See [above](#before-you-start).'
    )


def test_a_heading_that_is_underlined_is_mended_in_its_own_line():
    assert mend('A long\nheading {rol=buddy}\n===\n') == Mend('Write role=buddy', 2, 'heading {role=buddy}')


def test_notation_in_code_is_left_alone():
    assert read('- [ ] Write `{due=+1d}` behind it').problems == []
    assert read('- [ ] Fill in {customer: name}\n- [ ] and {the rest\n').problems == []


def test_problems_are_the_same_whatever_their_mends():
    assert Problem(1, 'a') == Problem(1, 'a', mend=Mend('b', 1, 'c'))
    assert len({Problem(1, 'a'), Problem(1, 'a', mend=Mend('b', 1, 'c'))}) == 1


WORDS = """\
#k|#K|#l|#First|#ü|#!|#|#k2|dew=+1d|due=+1d|due=5|due=soon|due=5 days|due: |due = +2d|due|due="2 weeks"|due=+1wd|x=1
kind=read|kind=raed|kind=x|kind: read|read|optional|optinal|optional=no|milestone=yes|after=k|after=l|after=first|y
after=frist|after=k,l,q|after="K, l"|after|after=|estimate=2h|estimate=x|estimate=90|hours|45m|role=buddy|a=b=c
role=Buddy|role="!"|rol=x|signoff=a|signoff=|.class|color=red|"a b"|=x"""
ATTRIBUTES = st.sampled_from(WORDS.replace('\n', '|').split('|'))
GROUPS = st.lists(ATTRIBUTES, min_size=1, max_size=4).map(' '.join)
LINES = st.one_of(
    st.builds(
        '- [ ] {}{{{}}}{}'.format,
        st.sampled_from(['a ', 'first ', 'k ', '', 'a {x=1} ']),
        GROUPS,
        st.sampled_from(['', ' ', ' b']),
    ),
    st.builds('- [ ] [a](playbook:a) {{{}'.format, GROUPS),
    st.builds('  - [ ] [[A]] {{{}}}'.format, GROUPS),
    st.builds('# h {{{}}}'.format, GROUPS),
    st.builds('h\n{{{}}}\n==='.format, GROUPS),
    st.just('See [that](#frist) and [this](#q).'),
)


@given(st.lists(LINES, max_size=6).map('\n'.join))
@settings(max_examples=400, deadline=None)
def test_whatever_is_wrong_each_mend_makes_its_problem_go(text):
    for problem in read(text).problems:
        if problem.mend:
            mended = apply(text, problem.mend)
            assert mended != text
            left = read(mended).problems
            assert (problem.line, problem.message) not in [(p.line, p.message) for p in left], (problem, mended)


@given(st.lists(LINES, max_size=4).map('\n'.join))
@settings(max_examples=150, deadline=None)
def test_mending_one_after_the_other_comes_to_an_end(text):
    for _turn in range(60):
        mends = [problem.mend for problem in read(text).problems if problem.mend]
        if not mends:
            return
        text = apply(text, mends[0])

    pytest.fail(f'still mending: {text}')
