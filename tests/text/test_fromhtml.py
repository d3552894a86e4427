"""HTML of other programs becomes Markdown that reads as it did there."""

import re
import time
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings

from playbooks.text import Refused, read
from playbooks.text.fromhtml import markdown_from_html
from playbooks.text.htmlsource import MAX_HTML

from . import markup, trees

PASTED = sorted((Path(__file__).parent / 'pasted').glob('*.html'))


def markdown(html, **how):
    return markdown_from_html(html, **how).text


@given(trees.blocks(trees.WORDS))
@settings(max_examples=200, deadline=None)
def test_a_document_of_words_reads_as_before(blocks):
    text = markdown(trees.html(blocks))

    assert trees.seen(read(text).html) == trees.told(blocks), text


@given(trees.blocks([*trees.NASTY, *trees.WORDS]))
@settings(max_examples=400, deadline=None)
def test_text_that_looks_like_notation_stays_text(blocks):
    text = markdown(trees.html(blocks))

    assert trees.seen(read(text).html) == trees.told(blocks), text


@given(trees.blocks(trees.WORDS, styles=['', 'b', 'i']))
@settings(max_examples=200, deadline=None)
def test_what_was_written_down_and_read_is_written_down_the_same_again(blocks):
    text = markdown(trees.html(blocks))

    shown = re.sub(r'<a aria-label="[^"]*" class="anchor"[^>]*>#</a>', '', read(text).html)

    assert markdown(shown) == text


@given(markup.ANYTHING)
@settings(max_examples=300, deadline=None)
def test_any_text_between_two_tags_is_only_that_text(text):
    shown = read(markdown(f'<p>{escape(text)}</p>')).html

    assert set(re.findall(r'</?(\w+)', shown)) <= {'p', 'a', 'br', 'ul', 'li', 'input', 'span'}, shown


@pytest.mark.parametrize('path', PASTED, ids=lambda path: path.stem)
def test_each_product_s_clipboard_becomes_clean_text(path):
    converted = markdown_from_html(path.read_text(encoding='utf-8'))

    assert converted.text == path.with_suffix('.md').read_text(encoding='utf-8')
    assert read(converted.text).errors == []


def test_a_google_document_becomes_a_checklist_with_its_nesting():
    html = next(path for path in PASTED if path.stem == 'google-docs').read_text(encoding='utf-8')

    document = read(markdown(html))

    assert [(item.text, item.parent) for item in document.items] == [
        ('Name the testers', None),
        ('Ask sales for five', 'name-the-testers'),
        ('Book a room', None),
        ('Send the link', None),
    ]


def test_ticks_are_left_out_and_it_is_said_so():
    converted = markdown_from_html('<ul><li><input type="checkbox" checked>Done</li><li>☑ Done too</li></ul>')

    assert converted.text == '- [ ] Done\n- [ ] Done too\n'
    assert converted.remarks == ['2 ticked boxes came in without their ticks.']


def test_pictures_are_handed_over_and_stand_where_they_stood():
    asked = []

    def images(source, alt):
        asked.append((source, alt))
        return 'file:7/plan.png' if source == 'a.png' else ''

    converted = markdown_from_html('<p>See <img src="a.png" alt="The [plan]"> and <img src="b.png"></p>', images=images)

    assert converted.text == 'See ![The \\[plan\\]](file:7/plan.png) and\n'
    assert asked == [('a.png', 'The [plan]'), ('b.png', '')]
    assert converted.remarks == ['One picture was left out.']


def test_links_keep_their_words_where_they_may_lead_nowhere():
    converted = markdown_from_html(
        '<p><a href="java&#10;script:x()">one</a> <a href="data:text/html,x">two</a> <a href="../three">three</a> '
        '<a href="four.html">four</a> <a href="HTTPS://x.example/a b">five</a></p>',
        links={'four.html': 'playbook:four'}.get,
    )

    assert converted.text == 'one two three [four](playbook:four) [five](HTTPS://x.example/a%20b)\n'
    assert converted.remarks == [
        'One link without a host was left out, its words are there.',
        '2 unsafe links were left out.',
    ]


def test_braces_at_the_end_of_a_task_or_heading_are_text():
    document = read(markdown('<h2>Week {#one role=buddy}</h2><ul><li><input type="checkbox">Ask {due=+1d}</li></ul>'))

    assert [section.text for section in document.sections] == ['Week {#one role=buddy}']
    assert [(item.text, item.due) for item in document.items] == [('Ask {due=+1d}', '')]


def test_a_table_without_a_header_gets_its_first_filled_row_as_one():
    html = (
        '<table><tr><td></td><td> </td></tr><tr><td><p>a</p></td><td>b</td></tr>'
        '<tr><td rowspan=2>c</td><td>d</td></tr><tr><td>e</td></tr></table>'
    )

    assert markdown(html) == '| a   | b   |\n| --- | --- |\n| c   | d   |\n|     | e   |\n'


def test_a_table_that_holds_headings_is_a_layout_and_unfolds():
    html = '<table><tr><td><h2>Left</h2><p>a</p></td><td><ul><li>b</li></ul></td></tr></table>'

    assert markdown(html) == '## Left\n\na\n\n- b\n'


def test_tasks_in_a_note_stand_outside_it_where_they_are_checklist_items():
    html = '<blockquote><p>Before</p><ul><li>☐ Do</li></ul><p>After</p></blockquote>'

    assert markdown(html) == '> Before\n\n- [ ] Do\n\n> After\n'


NOTES = {
    'of mammoth': '<p>One<sup><a href="#footnote-1" id="footnote-ref-1">[1]</a></sup></p><ol><li id="footnote-1">'
    '<p>Said *there*. <a href="#footnote-ref-1">↑</a></p></li></ol>',
    'of Word': '<p>One<a style="mso-footnote-id:ftn1" href="#_ftn1" name="_ftnref1"><sup>[1]</sup></a></p>'
    '<div style="mso-element:footnote-list"><div style="mso-element:footnote" id=ftn1><p class=MsoFootnoteText>'
    '<a href="#_ftnref1" name="_ftn1"><span>[1]</span></a> Said *there*.</p></div></div>',
    'of Google': '<p>One<sup><a href="#ftnt1" id="ftnt_ref1">[1]</a></sup></p><hr><div><p>'
    '<a href="#ftnt_ref1" id="ftnt1">[1]</a>&nbsp;Said *there*.</p></div>',
}


@pytest.mark.parametrize('name', NOTES)
def test_footnotes_stay_footnotes(name):
    text = markdown(NOTES[name])

    assert text.replace('---\n\n', '') == 'One[^1]\n\n[^1]: Said \\*there\\*.\n'
    assert read(text).plain.endswith('Said *there*.')


def test_a_way_back_without_a_footnote_is_nothing():
    assert markdown('<p><a href="#fnref1">up</a> Text</p>') == 'Text\n'


def test_nothing_of_the_html_is_left():
    html = (
        '<script>alert(1)</script><style>x</style><!-- c --><svg><text>s</text></svg>'
        '<p onclick="x">a<template>b</template></p>'
    )

    assert markdown(html) == 'a\n'


HOSTILE = {
    'nested elements': '<div>' * 50_000 + 'x',
    'nested lists': '<ul><li>' * 30_000 + 'x',
    'nested quotes': '<blockquote>' * 30_000 + 'x',
    'nested tables': '<table><tr><td>' * 30_000 + 'x',
    'nested emphasis': '<b><i>' * 40_000 + 'x',
    'ends without starts': '</div></p>' * 50_000,
    'attributes': '<p ' + 'a=b ' * 1_000_000 + '>x',
    'attributes of one tag each': '<p style="a:b;c:d">' * 50_000,
    'open quotation marks': '<p a="' * 100_000,
    'open tags': '<p ' * 200_000,
    'open comments': '<!--' * 200_000,
    'open declarations': '<![if ' * 200_000,
    'raw text never closed': '<style>' * 100_000,
    'entities': '&amp;' * 300_000,
    'numbers of characters': '&#' + '9' * 1_000_000 + ';',
    'spaces': ' ' * 2_000_000 + 'x',
    'spaces in a tag': '<p' + ' ' * 1_000_000 + '<',
    'one long word': 'a' * 2_000_000,
    'stars': '*' * 500_000,
    'underscores': '<i>_</i>' * 50_000,
    'changing looks': '<b>a</b>b' * 40_000,
    'addresses': 'https://a_b ' * 50_000,
    'one long address': 'https://' + 'a_' * 500_000,
    'backticks': '<code>`</code>x' * 40_000,
    'backticks growing': '<code>' + 'e'.join('`' * n for n in range(1_500)) + '</code>',
    'breaks': 'a<br>' * 60_000,
    'boxes': '☐ a<br>' * 60_000,
    'wide cells': '<table><tr>' + '<td colspan=999999999 rowspan=999999999>x</td>' * 20_000,
    'many rows': '<table>' + '<tr><td>x<td>y' * 30_000,
    'levels': ''.join(f'<p style="mso-list:l0 level{n % 60} lfo1">x</p>' for n in range(30_000)),
    'list levels': ''.join(f'<li aria-level="{n % 3000}">x</li>' for n in range(30_000)),
    'styles, all unlike': ''.join(f'<span style="a:{n}">x</span>' for n in range(60_000)),
    'a long style': '<p style="' + 'a:b;' * 500_000 + '">x',
    'a long class': '<p class="' + 'a ' * 500_000 + '">x',
    'words in Word’s points': '<p style="mso-list:l0 level1">' + '<span>' * 100 + 'x</span>' * 40_000,
}


@pytest.mark.parametrize('name', HOSTILE)
def test_hostile_html_is_refused_or_read_in_reasonable_time(name):
    started = time.process_time()

    try:
        text = markdown(HOSTILE[name])
    except Refused:
        text = ''

    assert time.process_time() - started < 6  # seconds; the slowest takes about a third of it here
    assert len(text) <= 4 * len(HOSTILE[name])


def test_html_that_is_too_large_is_refused_with_the_reason():
    with pytest.raises(Refused, match='million characters'):
        markdown('x' * (MAX_HTML + 1))
