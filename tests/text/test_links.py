"""Links by title, files, films, players, and what lies outside."""

import re

import pytest

from playbooks.text import External, FileLink, Link, read


def hrefs(text):
    return re.findall(r'href="([^"]*)"', read(text).html)


@pytest.mark.parametrize(
    ('written', 'title', 'words'),
    [
        ('[[How we prioritize]]', 'How we prioritize', 'How we prioritize'),
        ('[[How we prioritize|our way]]', 'How we prioritize', 'our way'),
        ('[[ How we\nprioritize ]]', 'How we prioritize', 'How we prioritize'),
        ('[[Q&A]]', 'Q&A', 'Q&A'),
        ('[[R&amp;D]]', 'R&D', 'R&D'),
        ('[[Über uns]] (neu)', 'Über uns', 'Über uns'),
        ('**[[Bold]]**', 'Bold', 'Bold'),
        ('| a |\n|-|\n| [[Title\\|words]] |', 'Title', 'words'),
    ],
)
def test_two_brackets_link_to_a_title(written, title, words):
    document = read(written)

    assert [link.title for link in document.links] == [title]
    assert document.links[0].slug == ''
    assert words in document.plain


def test_a_link_by_title_says_where_it_stands_and_leads_to_the_page_that_finds_it():
    document = read('One\n\ntwo [[A/B & c]]\n')

    assert document.links == [Link('', None, None, 3, 'A/B & c')]
    assert (
        '<a class="wiki" href="/go/?title=A%2FB%20%26%20c" rel="noopener noreferrer">A/B &amp; c</a>' in document.html
    )


@pytest.mark.parametrize(
    'text',
    [
        '`[[Title]]`',
        '    [[Title]]',
        '```\n[[Title]]\n```',
        '\\[[Title]]',
        '[[ ]]',
        '[[x]]',
        '[[]]',
        '[[a [b] c]]',
        '[[Title]',
        '[[1]](https://a.example/)',
        '[[1]][note]\n\n[note]: https://a.example/',
        '[[note]]\n\n[note]: https://a.example/',
        'a[[^1]]\n\n[^1]: b',
        '- [ ] [x]]',
        f'[[{"a" * 201}]]',
    ],
)
def test_what_means_something_else_is_no_link_by_title(text):
    assert [link for link in read(text).links if link.title] == []


def test_a_link_by_title_in_a_task_is_part_of_what_the_task_says():
    old, new = (read(f'- [ ] Ask [[{title}|them]] {{#k}}').items[0] for title in ('Team', 'Crew'))

    assert (old.text, new.text) == ('Ask them', 'Ask them')
    assert old.content_hash != new.content_hash


def test_brackets_around_a_link_by_title_are_no_link():
    assert hrefs('[a [[Title]] b](/c)') == ['/go/?title=Title']


def test_a_task_to_read_needs_a_link_by_address():
    (problem,) = read('- [ ] Read [[Title]] {kind=read}').problems

    assert 'a link by address' in problem.message


def test_a_file_is_linked_and_shown():
    document = read('[plan](file:launch/plan.pdf)\n\n![map](file:launch/a%20map.png) [b](<file:Launch/b c.csv>)\n')

    assert document.files == [
        FileLink('launch', 'plan.pdf', 1),
        FileLink('launch', 'a map.png', 3),
        FileLink('launch', 'b c.csv', 3),
    ]
    assert 'href="/playbooks/launch/files/plan.pdf"' in document.html
    assert '<img alt="map" src="/playbooks/launch/files/a%20map.png">' in document.html
    assert document.problems == []


@pytest.mark.parametrize(
    'address', ['file:///etc/passwd', 'file:a', 'file:a/', 'file:a/../b', 'file:a/.b', 'file:a/b%2Fc']
)
def test_a_file_address_that_is_none_is_said_so(address):
    for text in (f'[a]({address})', f'![a]({address})'):
        document = read(text)

        assert document.files == []
        assert [problem.severity for problem in document.problems] == ['warning']
        assert 'href' not in document.html
        assert 'src' not in document.html


def test_a_film_plays_in_the_page_and_is_a_link_where_it_cannot():
    html = read('![The demo](file:launch/demo.MP4)').html

    assert html == (
        '<p><video preload="metadata" src="/playbooks/launch/files/demo.MP4" controls="">'
        '<a href="/playbooks/launch/files/demo.MP4" rel="noopener noreferrer">The demo</a></video></p>'
    )


def test_a_film_within_a_link_is_its_text():
    assert hrefs('[![demo](file:launch/demo.mp4)](/a)') == ['/a']


def test_a_page_elsewhere_as_a_picture_may_play_and_is_no_warning():
    document = read('![Talk](https://player.example/v/1)')

    assert '<a class="player" href="https://player.example/v/1" rel="noopener noreferrer">Talk</a>' in document.html
    assert document.external == [External('https://player.example/v/1', 1, is_player=True)]
    assert document.problems == []


@pytest.mark.parametrize(
    'address', ['https://a.example/m.png', 'http://a.example/v', '//a.example/m', 'https://a.example/v.mp4?x=1']
)
def test_a_picture_from_elsewhere_is_a_link_and_said_to_be(address):
    document = read(f'\n![A map]({address})')

    assert f'<a href="{address}"' in document.html
    assert [(problem.line, problem.severity) for problem in document.problems] == [(2, 'warning')]
    assert 'attach the file' in document.problems[0].message


def test_links_outside_are_listed_with_their_lines():
    document = read(
        '[a](https://a.example/) https://b.example\n\n<http://c.example> [d](/d) [e](mailto:e@example.com)\n'
    )

    assert [(one.address, one.line) for one in document.external] == [
        ('https://a.example/', 1),
        ('https://b.example', 1),
        ('http://c.example', 3),
    ]
