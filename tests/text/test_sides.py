"""Side by side shows the changes that one column shows, each side its own text, level with the other."""

import re

from hypothesis import given, settings

from playbooks.text import read
from playbooks.text.diff import compare

from .test_diff import edited, parsed, text_of


def compared(old, new):
    return compare(read(old), read(new))


def marks(html, tag):
    """The words of every mark, in order, without the space around them."""
    return [word for element in parsed(html).xpath(f'//{tag}') for word in element.text_content().split()]


def pairs(old, new):
    return [pair for hunk in compared(old, new).hunks for pair in hunk.pairs]


@settings(deadline=None)
@given(edited())
def test_both_layouts_show_the_same_changes(texts):
    for hunk in compared(*texts).hunks:
        if not hunk.id:
            assert hunk.pairs == []
            continue
        before, after = (' '.join(column) for column in zip(*hunk.pairs, strict=True))
        assert '<ins>' not in before
        assert '<del>' not in after
        assert marks(before, 'del') == marks(hunk.html, 'del')
        assert marks(after, 'ins') == marks(hunk.html, 'ins')
        for side, other in ((before, 'ins'), (after, 'del')):
            # A table's header row is shown once for each of its passages, in one column as well.
            assert squeezed(text_of(side, drop='//thead')) == squeezed(
                text_of(hunk.html, without=other, drop='//thead')
            )
            check_balanced(side)


def squeezed(text):
    return text.replace(' ', '')


def check_balanced(html):
    open_tags = []
    for closes, tag in re.findall(r'<(/?)([a-z][a-z0-9]*)(?:[^<>"]|"[^"]*")*>', html):
        if closes:
            assert open_tags.pop() == tag
        elif tag not in {'br', 'hr', 'img', 'input', 'col'}:
            open_tags.append(tag)
    assert open_tags == []


def test_what_went_and_what_came_in_its_place_stand_level():
    assert pairs('Gone.\n\nSame.', '- new list\n\nSame.') == [
        ('<p><del>Gone.</del></p>', '<ul>\n<li><ins>new list</ins>\n</li>\n</ul>')
    ]


def test_what_is_on_one_side_only_leaves_the_other_empty():
    assert pairs('Same.', 'Same.\n\nMore.') == [('', '<p><ins>More.</ins></p>')]


def test_items_of_a_list_stand_level_with_the_numbers_they_had_and_have():
    shown = pairs('1. one\n2. two\n3. three\n', '1. one\n2. zero\n3. two times\n4. three\n')

    assert [re.findall(r'value="(\d+)"', before + after) for before, after in shown] == [['2'], ['2', '3']]
    assert shown[0][0] == ''


def test_a_row_that_came_leaves_an_empty_row_so_that_the_tables_stay_level():
    table = '| A | B |\n|---|---|\n| 1 | 2 |\n'

    ((before, after),) = pairs(table, table + '| 3 | 4 |\n')

    assert before.count('<tr>') == after.count('<tr>')
    assert '<td></td><td></td>' in before


def test_the_rules_of_an_item_are_said_in_words_on_each_side():
    ((before, after),) = pairs('- [ ] Ask {#ask due=+1wd}', '- [ ] Ask {#ask due=+5wd signoff=manager}')

    assert text_of(before).endswith('1 working day after the start')
    assert text_of(after).endswith('5 working days after the start · signed off by the manager')
    assert '{' not in before + after


def test_a_nested_list_counts_for_itself():
    old = '1. one\n   1. a\n   2. b\n'

    ((_before, after),) = pairs(old, '1. one\n   1. a\n   2. x\n   3. b\n')

    assert re.findall(r'<li value="(\d+)"', after) == ['1']
