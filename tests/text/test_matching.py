"""What became of items: by key, and by resemblance where a key is missing. What is not certain is never called so."""

import os
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.text import pin, read
from playbooks.text.document import Document
from playbooks.text.matching import changes, proposed_pins

TRACK = Path(__file__).resolve().parents[3] / 'shared' / 'real-input' / 'product-team-track'
needs_track = pytest.mark.skipif(not TRACK.exists() and not os.environ.get('CI'), reason='the real track is not here')


def happened(old, new):
    return {change.key: change.what for change in changes(read(old), read(new))}


def proposed(old, new):
    return [(pin.line, pin.key, pin.old_text, pin.certain) for pin in proposed_pins(read(old), read(new))]


def track(number):
    return (TRACK / f'v{number}.md').read_text()


def without_keys(text):
    """The text as somebody who knows nothing of keys would have it; what refers to keys goes with them."""
    text = re.sub(r' after=[\w,-]+', '', text)
    text = re.sub(r'(?m)^(- \[ \] .*\{)#[\w-]+ ?', r'\1', text)
    return text.replace(' {}', '')


# changes


@pytest.mark.parametrize(
    ('old', 'new', 'what'),
    [
        ('- [ ] A {#k}', '- [ ] A {#k}', None),
        ('- [ ] A {#k}', '- [ ] B {#k}', ('reworded',)),
        ('- [ ] A {#k}', '- [ ] A {#k}\n\n    More.', ('details',)),
        ('- [ ] A {#k}', '- [ ] A {#k due=+5wd optional}', ('attributes',)),
        ('- [ ] A {#k}', '- [ ] **A** {#k}', None),
        ('- [ ] A {#k}', '- [ ] A {#other}', ('renamed',)),
    ],
)
def test_what_happened_to_an_item_is_named(old, new, what):
    found = list(happened(old, new).values())

    assert found == ([what] if what else [])


def test_items_that_came_and_went_are_listed_where_they_stand():
    old = '- [ ] A {#a}\n- [ ] Gone {#gone}\n- [ ] B {#b}\n'
    new = '- [ ] Came {#came}\n- [ ] A {#a}\n- [ ] B {#b}\n'

    assert [(change.key, change.what) for change in changes(read(old), read(new))] == [
        ('came', ('added',)),
        ('gone', ('removed',)),
    ]


@pytest.mark.parametrize(
    ('attributes', 'expected'),
    [
        ('kind=meet', ('kind', 'do', 'meet')),
        ('role=buddy', ('role', '', 'buddy')),
        ('signoff=manager', ('signoff', '', 'manager')),
        ('due=+5wd', ('due', '', '+5wd')),
        ('after=b', ('after', (), ('b',))),
        ('optional', ('optional', False, True)),
        ('estimate=60m', ('estimate', '', '60m')),
        ('milestone', ('milestone', False, True)),
    ],
)
def test_an_attribute_that_changed_is_named_with_both_values(attributes, expected):
    (change,) = changes(read('- [ ] A {#a}\n- [ ] B {#b}'), read(f'- [ ] A {{#a {attributes}}}\n- [ ] B {{#b}}'))

    assert change.attributes == (expected,)
    assert change.asks_meaning == (expected[0] in {'kind', 'role', 'signoff', 'after', 'optional'})


def test_another_playbook_to_read_is_named():
    (change,) = changes(
        read('- [ ] Read [it](playbook:one) {#a kind=read}'), read('- [ ] Read [it](playbook:two@3) {#a kind=read}')
    )

    assert change.attributes == (('reads', 'one', 'two@3'),)


def test_a_new_text_and_new_details_ask_what_they_mean_and_a_new_place_does_not():
    old = '- [ ] A {#a}\n- [ ] B {#b}\n- [ ] C {#c}\n- [ ] D {#d}\n'
    new = '- [ ] D {#d}\n- [ ] A better {#a}\n- [ ] B {#b}\n\n    How.\n- [ ] C {#c due=+1w}\n'

    asks = {change.key: change.asks_meaning for change in changes(read(old), read(new))}

    assert asks == {'d': False, 'a': True, 'b': True, 'c': False}


def test_only_what_really_moved_has_moved():
    names = [f'k{n}' for n in range(8)]
    lines = {name: f'- [ ] Task {name} {{#{name}}}' for name in names}
    new = ['k6', *names[:3], 'new', *names[4:6], 'k7', 'k3']

    found = happened(
        '\n'.join(lines.values()), '\n'.join(lines.get(name, '- [ ] Something new {#new}') for name in new)
    )

    assert found == {'k6': ('moved',), 'new': ('added',), 'k3': ('moved',)}


def test_an_item_moves_into_another_phase_but_a_heading_put_in_or_reworded_moves_nothing():
    old = '# T\n\n## One\n\n- [ ] A {#a}\n- [ ] B {#b}\n\n## Two\n\n- [ ] C {#c}\n- [ ] D {#d}\n'

    assert happened(old, old.replace('- [ ] B {#b}\n\n## Two\n', '\n## Two\n\n- [ ] B {#b}')) == {'b': ('moved',)}
    assert happened(old, old.replace('## Two', '## Second')) == {}
    assert happened(old, old.replace('- [ ] B {#b}', '\n## Between\n\n- [ ] B {#b}')) == {}


ORDERS = st.lists(st.integers(0, 9), unique=True, max_size=8)


@settings(max_examples=60, deadline=None)
@given(ORDERS, ORDERS)
def test_every_key_of_either_text_is_accounted_for_and_what_did_not_move_is_in_order(one, other):
    old, new = (read('\n'.join(f'- [ ] T{n} {{#k{n}}}' for n in order)) for order in (one, other))

    found = {change.key: change.what for change in changes(old, new)}

    assert {key for key, what in found.items() if what == ('added',)} == {f'k{n}' for n in set(other) - set(one)}
    assert {key for key, what in found.items() if what == ('removed',)} == {f'k{n}' for n in set(one) - set(other)}
    stayed = [one.index(n) for n in other if n in one and f'k{n}' not in found]
    assert stayed == sorted(stayed)


# proposed pins


LIST = '- [ ] Order a laptop {due=+1wd}\n- [ ] {}\n- [ ] Meet the buddy\n'


def line(text):
    return LIST.replace('- [ ] {}', f'- [ ] {text}')


@pytest.mark.parametrize(
    ('old', 'new', 'certain'),
    [
        ('Measureable goals for the quarter', 'Measurable goals for the quarter', True),
        ('Read product guide', 'Read the product guide', True),
        ('Read product guide', 'Study the product guide', False),
        ('Set up your laptop', 'Get the laptop running', False),
        ('Coffee with Anna', 'Coffee with Ben', False),
        ('Review of week 1', 'Review of week 2', False),
        ('Share the launch brief', 'Do not share the launch brief', False),
        ('Invite the customer', 'Invoice the customer', False),
        ('Ask about the internal review', 'Ask about the external review', False),
        ('Second coffee with Josh', 'Second coffee with the Product Director', False),
        ('時間を測る', '時間を計る', False),
    ],
)
def test_a_reworded_line_gets_its_key_back_with_certainty_only_for_a_slip_of_the_pen(old, new, certain):
    key = read(line(old)).items[1].key

    assert proposed(line(old), line(new)) == [(2, key, old, certain)]


def test_the_same_details_make_a_line_that_only_grew_certain_and_one_with_other_words_not():
    details = '\n\n    Ask for the numbers of the last two quarters.\n'

    grown = proposed(line('Read the plan' + details), line('Read the plan aloud' + details))
    other = proposed(line('Read the plan' + details), line('Burn the plan' + details))

    assert [certain for *_, certain in grown] == [True]
    assert [certain for *_, certain in other] == [False]


def test_details_that_other_lines_have_too_prove_nothing():
    details = '\n\n    Book half an hour and take notes.\n'
    rest = f'- [ ] Meet sales{details}\n'

    found = proposed(line('Meet design' + details) + rest, line('Meet design twice' + details) + rest)

    assert [(old, certain) for _, _, old, certain in found] == [('Meet design', False)]


@pytest.mark.parametrize(
    ('old', 'new'),
    [
        ('Order lunch', 'Watch somebody sell'),
        ('Sign the contract', 'Give a talk about pricing'),
    ],
)
def test_another_task_in_the_same_place_gets_no_key(old, new):
    assert proposed(line(old), line(new)) == []


def test_a_line_that_is_still_there_or_has_a_pin_gives_and_takes_no_key():
    old = line('Read the product guide {#guide}')

    assert proposed(old, old + '- [ ] Read the products guide\n') == []
    assert proposed(old, line('Read the products guide {#products}')) == []


def test_every_line_that_shares_its_text_is_pinned_by_the_number_it_has():
    text = '## A\n\n- [ ] Review\n\n## B\n\n- [ ] Review\n'

    assert proposed('', text) == [(7, 'review-2', '', True)]
    assert proposed(text, text) == [(7, 'review-2', 'Review', True)]


def test_lines_with_the_same_text_are_told_apart_by_where_they_stand():
    old = '## A\n\n- [ ] Review\n\n## B\n\n- [ ] Review\n'
    new = '## New\n\n- [ ] Review\n\n## A\n\n- [ ] Review\n\n## B\n\n- [ ] Review\n'

    assert proposed(old, new) == [
        (3, 'review-3', '', True),
        (7, 'review', 'Review', True),
        (11, 'review-2', 'Review', True),
    ]


def test_the_first_of_two_lines_with_the_same_text_takes_its_key_with_it():
    old = '## A\n\n- [ ] Review\n\n## B\n\n- [ ] Review\n'

    assert proposed(old, '## B\n\n- [ ] Review\n') == [(3, 'review-2', 'Review', True)]


def test_lines_that_cannot_be_told_apart_are_not_certain():
    found = proposed('- [ ] Call\n- [ ] Call\n- [ ] Call\n', '- [ ] Call\n- [ ] Call\n')

    assert [certain for *_, certain in found] == [False]


def test_two_candidates_that_are_alike_leave_doubt():
    old = '- [ ] Interview a customer of the first kind\n- [ ] Interview a customer of the other kind\n'
    new = '- [ ] Interview a customer of any kind\n'

    assert [certain for *_, certain in proposed(old, new)] == [False]


def test_a_text_outweighs_a_key_that_its_words_make_by_chance_but_leaves_doubt():
    old = '- [ ] Alpha beta {#gamma-delta}\n- [ ] Gamma delta {#x}\n'

    assert proposed(old, '- [ ] Gamma delta\n') == [(1, 'x', 'Gamma delta', False)]


def test_a_short_text_in_quite_another_place_is_not_certainly_the_same():
    old = '## Week 1\n\n- [ ] Plan\n- [ ] Review {#w1 role=buddy}\n- [ ] Rest\n\n## Week 6\n\n- [ ] Stop\n'
    new = '## Week 1\n\n- [ ] Plan\n- [ ] Rest\n\n## Week 6\n\n- [ ] Stop\n- [ ] Review\n'

    assert proposed(old, new) == [(9, 'w1', 'Review', False)]


@needs_track
def test_the_real_track_needs_no_pins_as_long_as_its_keys_are_kept():
    assert [proposed(track(n), track(n + 1)) for n in range(1, 6)] == [[]] * 5


@needs_track
@pytest.mark.parametrize('number', range(1, 7))
def test_the_real_track_with_its_keys_removed_gets_each_of_them_back(number):
    text = without_keys(track(number))
    lost = read(text)
    found = {proposal.line: proposal.key for proposal in proposed_pins(read(track(number)), lost)}

    assert all(proposal.certain for proposal in proposed_pins(read(track(number)), lost))
    assert [item.key for item in read(pin(text, found)).items] == [item.key for item in read(track(number)).items]


@needs_track
@pytest.mark.parametrize(('before', 'after'), [*pairwise(range(1, 7)), (1, 4), (2, 5), (1, 6)])
def test_the_real_track_edited_without_keys_loses_no_item_and_mixes_none_up(before, after):
    old, kept, new = read(track(before)), read(track(after)), read(without_keys(track(after)))
    right = {item.line: item.key for item in kept.items}
    known = {item.key for item in old.items}
    lost = {item.line for item in new.items if right[item.line] in known and right[item.line] != item.key}

    found = proposed_pins(old, new)

    assert {proposal.line for proposal in found} == lost
    assert [proposal for proposal in found if right[proposal.line] != proposal.key] == []


@settings(max_examples=80, deadline=None)
@given(
    *[
        st.lists(
            st.sampled_from(['Read it', 'Read that', 'Call Kim', 'Call', '## A', '## B', 'Read it {#x}']), max_size=9
        )
    ]
    * 2
)
def test_pins_can_be_put_into_the_text_and_are_its_keys_then(one, other):
    old, new = (
        '\n\n'.join(part if part.startswith('#') else f'- [ ] {part}' for part in parts) for parts in (one, other)
    )
    document = read(new)

    found = proposed_pins(read(old), document)

    assert len({proposal.line for proposal in found}) == len({proposal.key for proposal in found}) == len(found)
    if not document.errors:
        keys = {
            item.line: item.key for item in read(pin(new, {proposal.line: proposal.key for proposal in found})).items
        }
        assert all(keys[proposal.line] == proposal.key for proposal in found)
        assert len(set(keys.values())) == len(keys)
        again = read(pin(new, {proposal.line: proposal.key for proposal in found}))
        assert proposed_pins(read(old), again) == []


@pytest.mark.parametrize(
    ('line', 'changed'),
    [
        ('Write page {n} about subject {m}', 'Draft page {n} about subject {m}'),
        ('Same thing', 'Same things'),
        ('Task {n}', 'Something else {m}'),
    ],
)
def test_two_thousand_reworded_lines_take_no_time_to_speak_of(line, changed):
    old, new = (
        read('\n'.join('- [ ] ' + text.format(n=n, m=n * 7919 % 10007) for n in range(2000)))
        for text in (line, changed)
    )

    started = time.process_time()
    proposed_pins(old, new)
    changes(old, new)

    assert time.process_time() - started < 4


def test_nothing_has_nothing_to_match():
    assert proposed_pins(Document(), Document()) == []
    assert changes(Document(), Document()) == []
