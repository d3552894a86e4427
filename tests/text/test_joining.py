"""Texts become parts of one."""

from playbooks.text import read
from playbooks.text.joining import as_part


def test_headings_follow_below_the_part_and_the_source_is_named():
    text = as_part(
        'Tier 1', 'From tier-1.md', '# Tier 1\n\nIntro\n\n## Before\n\n- [ ] Do\n\nAfter\n=====\n\n### Deep\n'
    )

    assert text == ('## Tier 1\n\n*From tier-1.md*\n\nIntro\n\n#### Before\n\n- [ ] Do\n\n### After\n\n##### Deep\n')


def test_code_that_looks_like_a_heading_stays():
    assert '\n# no heading\n' in as_part('A', '', '## B\n\n```\n# no heading\n```\n')


def test_a_title_and_a_source_are_text_and_no_notation():
    sections = read(as_part('A {#key role=buddy} *b*', 'From [x](y) <b>', 'Text\n')).sections

    assert [(section.text, section.attributes) for section in sections] == [('A {#key role=buddy} *b*', {})]


def test_footnotes_of_one_name_stay_apart():
    first = as_part('A', '', 'One[^1]\n\n[^1]: first\n')
    second = as_part('B', '', 'Two[^1]\n\n[^1]: second\n', above=first)

    plain = read(f'{first}\n{second}').plain

    assert 'first' in plain
    assert 'second' in plain
