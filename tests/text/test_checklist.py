"""Sections, items, keys, attributes and errors as DESIGN.md has them."""

import re

import pytest

from playbooks.text import Link, Problem, TocEntry, read

from . import oracle


def item(line, **more):
    """The one item of a text of one line."""
    (found,) = read(line, **more).items
    return found


def problems(text):
    return [(problem.line, problem.message, problem.severity) for problem in read(text).problems]


def test_the_example_of_the_design_is_read_in_full():
    document = read(
        '## Week 1 {role=new-pm}\n\n'
        '- [ ] Read [How we prioritize](playbook:prioritization) {#read-prioritization kind=read due=+3wd}\n'
        '- [ ] Shadow a customer call {due=+5wd signoff=buddy estimate=60m}\n\n'
        '    Ask the buddy to pick one. Write down three things that surprised you.\n'
        '- [ ] Present your first opportunity brief '
        '{#first-brief kind=submit due=+4w signoff=manager after=read-prioritization}\n'
        '- [ ] Give the office tour {role=buddy due=+1wd optional}\n'
    )

    assert document.problems == []
    assert [(i.key, i.kind, i.role, i.signoff, i.due, i.after, i.optional, i.estimate) for i in document.items] == [
        ('read-prioritization', 'read', 'new-pm', '', '+3wd', (), False, ''),
        ('shadow-a-customer-call', 'do', 'new-pm', 'buddy', '+5wd', (), False, '60m'),
        ('first-brief', 'submit', 'new-pm', 'manager', '+4w', ('read-prioritization',), False, ''),
        ('give-the-office-tour', 'do', 'buddy', '', '+1wd', (), True, ''),
    ]
    assert [(i.pinned, i.suffixed, i.position, i.line, i.line_end) for i in document.items] == [
        (True, False, 0, 3, 3),
        (False, False, 1, 4, 6),
        (True, False, 2, 7, 7),
        (False, False, 3, 8, 8),
    ]
    assert document.items[0].reads == Link('prioritization', None, None, 3)
    assert document.items[1].detail_html.startswith('<p>Ask the buddy')
    assert '{' not in document.html
    assert '{' not in document.plain


def test_facts_stand_behind_the_label_in_peoples_words():
    html = read(
        '- [ ] Go {role=release-captain due=-14d signoff=manager estimate=2h optional milestone kind=submit}'
    ).html

    assert (
        '<span class="label">Go</span> <span class="own">Release captain · hand in your work · 14 days before the '
        'start · 2 h · signed off by the manager · optional · milestone</span>'
    ) in html
    assert '<input aria-label="Task: Go" disabled="" type="checkbox">' in html


def test_a_caller_may_give_other_words():
    words = {**read.__kwdefaults__['words'], 'task': 'Aufgabe: {text}', 'working days after': '{n} Arbeitstage danach'}

    html = read('- [ ] Los {due=+5wd}', words=words).html

    assert 'aria-label="Aufgabe: Los"' in html
    assert '5 Arbeitstage danach' in html


@pytest.mark.parametrize(
    ('line', 'text', 'key'),
    [
        ('- [ ] Fill in {customer}', 'Fill in {customer}', 'fill-in-customer'),
        ('- [ ] Fill in {customer name}', 'Fill in {customer name}', 'fill-in-customer-name'),
        ('- [ ] Hello {{ name }}', 'Hello {{ name }}', 'hello-name'),
        ('- [ ] a{#b}', 'a{#b}', 'a-b'),
        ('- [ ] {% raw %}', '{% raw %}', 'raw'),
        ('- [ ] a \\{optional}', 'a {optional}', 'a-optional'),
        ('- [ ] a {optional}', 'a', 'a'),
        ('- [ ] a { #b }', 'a', 'b'),
        ('* [x] a **b** `c` {#k}', 'a b c', 'k'),
        ('+ [ ] [a](b) ![pic](c) <b>d</b>', 'a pic d', 'a-pic-d'),
        ('1. [ ] É à la Žižkov', 'É à la Žižkov', 'é-à-la-žižkov'),
        ('- [ ] 時間を計る', '時間を計る', '時間を計る'),
        ('- [ ] …', '…', 'item-aa95e5fa'),
        ('- [ ] ' + 'ab ' * 30, ('ab ' * 30).strip(), ('ab-' * 22)[:64]),
        ('- [ ] one\n  two', 'one two', 'one-two'),
    ],
)
def test_text_notation_and_key_of_a_line(line, text, key):
    found = item(line)

    assert found.text == text
    if not key.startswith('item-'):
        assert found.key == key.rstrip('-')
    else:
        assert re.fullmatch('item-[0-9a-f]{8}', found.key)


def test_pinned_keys_are_claimed_first_and_the_others_take_the_first_free_one():
    document = read('- [ ] a\n- [ ] a\n- [ ] b {#a}\n- [ ] c {#a-2}\n- [ ] a\n')

    assert [(i.key, i.pinned, i.suffixed) for i in document.items] == [
        ('a-3', False, True),
        ('a-4', False, True),
        ('a', True, False),
        ('a-2', True, False),
        ('a-5', False, True),
    ]


def test_a_suffix_stays_within_the_length_of_a_key():
    keys = [i.key for i in read(f'- [ ] {"x" * 70}\n' * 12).items]

    assert keys[0] == 'x' * 64
    assert keys[1] == 'x' * 62 + '-2'
    assert keys[11] == 'x' * 61 + '-12'


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('- [ ] a {rol=x}', '“rol” is nothing that can stand in braces here: did you mean “role”?'),
        (
            '- [ ] a {role=Boss}',
            '“role=Boss” cannot be read: write 1 to 64 lower-case letters, digits and hyphens, as role=',
        ),
        ('- [ ] a {due=soon}', '“due=soon” cannot be read: write a number of working days (wd), days (d) or weeks (w)'),
        ('- [ ] a {due}', '“due” needs a value: write a number of working days'),
        (
            '- [ ] a {kind=watch}',
            '“kind=watch” cannot be read: write one of do, read, meet, attend, submit, as kind=read.',
        ),
        ('- [ ] a {estimate=long}', '“estimate=long” cannot be read: write minutes or hours, as estimate=45m'),
        ('- [ ] a {optional=yes}', '“optional” stands alone: write optional instead of optional=yes.'),
        ('- [ ] a {due=+1d due=+2d}', '“due” is given twice: keep one.'),
        ('- [ ] a {#A}', '“#A” is no key: write 1 to 64 lower-case letters, digits and hyphens, as #a.'),
        ('- [ ] a {#b #c}', 'Two keys, “#b” and “#c”: keep the first.'),
        (
            '- [ ] a {after=first-brif}\n- [ ] b {#first-brief}',
            '“after=first-brif”: no task has the key “first-brif”. Did you mean “first-brief”?',
        ),
        ('- [ ] a {after=a}', '“a” opens after itself: take it out of its “after”.'),
        (
            '- [ ] a {kind=read}',
            'A task to read something needs a link to it, as [How we prioritize](playbook:prioritization)',
        ),
        ('- [ ] [a](playbook:#b) {kind=read}\n- [ ] b', 'A task to read something needs a link to it'),
        ('## A {role=X!}', '“role=X!” cannot be read'),
    ],
)
def test_an_error_has_its_line_and_says_what_would_be_right(line, message):
    (problem,) = problems('First.\n\n' + line)

    assert problem[0] == 3
    assert problem[1].startswith(message), problem
    assert problem[2] == 'error'


def test_a_circle_is_named_once():
    text = '- [ ] a {after=c}\n- [ ] b {after=a}\n- [ ] c {after=b}\n- [ ] d {after=a}\n'

    assert problems(text) == [
        (1, 'These tasks open after one another in a circle: a → c → b → a. Take one “after” out.', 'error')
    ]


def test_a_key_given_twice_is_an_error_on_the_second_line():
    assert problems('- [ ] a {#k}\n- [ ] b {#k}') == [
        (2, 'The key “k” is taken by line 1: choose another, or take it off here.', 'error')
    ]


def test_dead_links_are_warnings():
    text = '[a](#nowhere) [b](playbook:#gone) [c](playbook:a@x) [d](#here) [e](playbook:#k)\n\n# Here\n\n- [ ] k\n'

    assert [(line, severity) for line, _, severity in problems(text)] == [(1, 'warning')] * 3
    assert read(text).errors == []


def test_links_have_their_addresses_and_lines():
    document = read(
        'x\n[a](playbook:one)\n[b](playbook:two@7)\n\n[c][r] <playbook:three> [d](#h) [e](playbook:#k)\n\n'
        '# H\n\n- [ ] k\n\n[r]: playbook:one@2#k\n'
    )

    assert document.links == [
        Link('one', None, None, 2),
        Link('two', 7, None, 3),
        Link('one', 2, 'k', 5),
        Link('three', None, None, 5),
        Link('', None, 'k', 5),
    ]
    assert re.findall('<a href="([^"]*)"', document.html) == [
        '/playbooks/one/',
        '/playbooks/two/v/7/',
        '/playbooks/one/v/2/#i-k',
        '/playbooks/three/',
        '#s-h',
        '#i-k',
    ]


def test_only_headings_give_defaults_and_the_nearest_wins():
    document = read(
        '# A {role=x due=+1d}\n\n- [ ] one\n\n## B {role=y}\n\n'
        '- [ ] two {signoff=z}\n  - [ ] three\n\n# C\n\n- [ ] four\n\n'
        '> ## D {role=quoted}\n\n- [ ] five\n'
    )

    assert [(i.role, i.due, i.signoff, i.parent) for i in document.items] == [
        ('x', '+1d', '', None),
        ('y', '+1d', 'z', None),
        ('y', '+1d', '', 'two'),
        ('', '', '', None),
        ('', '', '', None),
    ]
    assert [s.attributes for s in document.sections] == [{'role': 'x', 'due': '+1d'}, {'role': 'y', 'due': '+1d'}, {}]


def test_phases_are_the_highest_headings_that_hold_items_without_the_title():
    text = (
        '# T\n\n- [ ] before\n\n## Empty\n\n### One\n\n- [ ] a\n\n## Two\n\n- [ ] b\n\n'
        '### Three\n\n- [ ] c\n\n# Other\n\ntext\n'
    )
    document = read(text, title='T')

    assert [section.text for section in document.sections] == ['Empty', 'One', 'Two', 'Three', 'Other']
    assert [(i.section, i.phase) for i in document.items] == [(None, None), (1, 0), (2, 2), (3, 2)]


def test_a_title_that_is_given_elsewhere_is_not_shown_twice():
    shown, hidden = read('# T *t*\n\nx', title='Other'), read('# T *t*\n\nx', title='T t')

    assert shown.title == hidden.title == 'T t'
    assert shown.toc == [TocEntry(1, 'T t', 's-t-t')]
    assert '<h1' in shown.html
    assert hidden.toc == []
    assert hidden.html == '<p>x</p>'


def test_details_leave_out_tasks_within_but_not_what_stands_around_them():
    outer, inner, last = read('- [ ] a\n  - b\n    - [ ] c\n\n      deep\n  - d\n\n  end\n- [ ] z\n').items

    assert (outer.line, outer.line_end, inner.line, inner.line_end, inner.parent) == (1, 8, 3, 5, 'a')
    assert re.sub(r'\s|</?p>', '', outer.detail_html) == '<ul><li>b</li><li>d</li></ul>end'
    assert inner.detail_html == '<p>deep</p>'
    assert last.detail_html == ''


def content(line):
    return read(line + '\n- [ ] k\n').items[0].content_hash


@pytest.mark.parametrize(
    'line',
    ['- [ ] **a** {#x kind=meet}', '- [ ] a {#x kind=meet due=+9d}', '- [x] a {kind=meet estimate=2h milestone}'],
)
def test_a_new_date_key_look_or_place_changes_no_content(line):
    assert content(line) == content('- [ ] a {#x kind=meet due=+1d}')
    assert read('1. [ ] k\n\n    1. [ ] a {kind=meet}').items[1].content_hash == content(line)


@pytest.mark.parametrize(
    'line',
    [
        *['- [ ] b', '- [ ] a\n\n  more', '- [ ] a {kind=meet}', '- [ ] a {role=x}', '- [ ] a {signoff=x}'],
        *['- [ ] a {optional}', '- [ ] a {after=k}', '- [ ] [a](playbook:x)'],
    ],
)
def test_text_details_and_what_is_asked_change_the_content(line):
    assert content(line) != content('- [ ] a')


def test_space_at_the_ends_of_details_is_no_change():
    assert content('- [ ] a\n\n  b  \n  - c\n\n\n') == content('- [ ] a\n\n    b\n    - c\n')


def test_anchors_are_github_s_behind_a_prefix():
    document = read('# A & B\n\n## A & B\n\n### Ünï_code 2.0 {#own.Id}\n\n#\n\n> # A & B\n')

    assert [entry.anchor for entry in document.toc] == ['s-a--b', 's-a--b-1', 's-own.Id', 's-section']
    assert re.findall('<h[1-6] id="([^"]*)"', document.html) == [
        's-a--b',
        's-a--b-1',
        's-own.Id',
        's-section',
        's-a--b-2',
    ]
    assert '<a aria-label="Link to A &amp; B" class="anchor" href="#s-a--b"' in document.html


def test_extras_of_github():
    html = read(
        '> [!WARNING]\n> x\n\nn[^b] m[^a] o[^b]\n\n[^a]: foot\n[^b]: hand\n\n|a|\n|-|\n|b|\n\n```python\nx = 1\n```\n'
    ).html

    assert '<blockquote class="callout callout-warning">\n<p class="callout-title">Warning</p>\n<p>x</p>' in html
    assert re.findall('id="(fn[^"]*)"', html) == ['fnref-1-1', 'fnref-2-1', 'fnref-1-2', 'fn-1', 'fn-2']
    assert '<div aria-label="Table" class="scroll" role="group" tabindex="0"><table>' in html
    assert '<pre class="code" tabindex="0"><code><span class="n">x </span>' in html


def test_plain_text_is_what_a_reader_sees():
    document = read('# A\n\nb *c* &lt; `d`[^1] <kbd>e</kbd>\n- [ ] f {role=x}\n\n|g|h|\n|-|-|\n\n[^1]: i\n')

    assert document.plain == 'A\nb c < d e\nf\ng\nh\ni'
    assert document.words == 10


@pytest.mark.parametrize('number', [1, 2, 3, 4, 5, 6])
def test_real_tracks_are_read_without_errors(number):
    text = (oracle.real_input() / 'product-team-track' / f'v{number}.md').read_text()

    document = read(text, title='Product Team Member')

    assert document.problems == []
    assert len(document.items) == text.count('- [ ]')
    assert all(i.pinned and i.due for i in document.items)
    assert {i.phase for i in document.items} == {section.position for section in document.sections}


def test_the_real_buddy_track_starts_before_day_one():
    document = read((oracle.real_input() / 'buddy-track.md').read_text(), title='New Hire Buddy')

    assert document.errors == []
    assert document.items[0].due == '-4wd'
    assert document.items[2].after == ('find-email',)


def test_problems_are_sorted_and_equal_ones_said_once():
    found = read('- [ ] a {x=1}\n- [ ] b {after=q,q}\n').problems

    assert found == sorted(found)
    assert len(found) == 2
    assert isinstance(found[0], Problem)
