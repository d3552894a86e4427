"""Documents come out as on GitHub: the same structure, the same task items. Oracle: cmarkgfm, GitHub's own reader."""

import re
import time

import pytest
from hypothesis import given, settings

from playbooks.text import Refused, read

from . import markup, oracle

LIKE_GITHUB = [
    *[
        '- a\n  - b\n    - c',
        '- a\n   - b\n      - c',
        '- a\n    - b\n        - c',
        '1. a\n  - b',
        '1. a\n   - b\n2. c',
    ],
    *['10. a\n    - b', 'text\n- a\n- b', 'text\n1. a', 'text\n2. no list', '- a\n1. b\n- c', '- a\n\n- b'],
    *['- a\n\n  b\n- c', '- a\n- b\n\n\n- c', '- a\nlazy', '> a\nlazy\n> b', '> a\n\n> b', '> - a\n> - b\n\n- c'],
    *['3. a\n4. b', '- a\n\n  ```\n  x\n\n  y\n  ```\n- b', '- a\n\n      code\n', '- |a|b|\n  |-|-|\n  |1|2|'],
    *['- [ ] a\n- [x] b', '* [X] a', '1. [ ] a', '- [ ]', '- [ ] ', '- [ ]a', '> - [ ] a', '- - [ ] a'],
    *['- [ ] a\n  - [ ] b\n    text\n\n  more', '#Title', '# Title #', '####### a', 'a\n===\nb\n---', '- a\n---'],
    *['***\n- - -\n_ _ _', '    code\n\n\n    more', '```nix\nx\n```', '> ```\n> a\n> ```\nb', '> ```\na\n'],
    *[
        '~~~\n```\n~~~',
        '```\nnever closed',
        'text\n|a|b|\n|-|:-:|\n|1|2|3|\n|x\\|y|`a|b`|\nlazy\n\nend',
        'a|b\n-|-\n> q',
    ],
    *['a\n-', 'a\n:-', 'a  \nb\\\nc\nd', 'https://a.b/c_d_e. (www.a.b/c(d)) a_b@c.de', '~~a~~ ~b~ ~~~c~~~ ~~ d~~'],
    *[
        '*a **b** c* __d__ a_b_c ***e***',
        '**a*',
        '*a _b* c_',
        '`a` ``b ` c`` `d',
        '[a][b] [b][] [b] [c]\n\n[b]: /u "t"',
    ],
    *['[a](b "c") [a](<b c>) [a](b(c)d) ![x *y*](z)', '[a [b](c)](d)', '<b>x</b> <https://a.b> <a@b.c> a < b'],
    *['&amp; & \\& \\*a\\*', '<div>\n*a*\n\n*b*\n</div>', '<details>\n<summary>s</summary>\n\n- a\n\n</details>'],
    *['\ta\n-\tb\n\n\tc', '-\n  a', '-\n\n  a', '- a\n-\n- c', '* a\n\n\n  b', '- a\n  > b\n  ```\n  c\n  ```\n- d'],
    *['1) a\n2. b', '- [ ] # no heading', '- [ ] a\n  ===', '[a]: b\n[c]: d\ntext', '[a]: <b@c d> "t" x', '**a\n\nb**'],
    *['\\\\ \\a `\\`', 'a\n    b', '- a\n\n\n\n      b', '![a](b)(c)'],
]


@pytest.mark.parametrize('text', LIKE_GITHUB)
def test_short_texts_come_out_as_on_github(text):
    ours, theirs = oracle.bare(read(text).html), oracle.bare(oracle.github(text))

    assert ours == theirs


@pytest.fixture(scope='session')
def real_documents(tmp_path_factory):
    handbook = oracle.check_out_handbook(tmp_path_factory.mktemp('real') / 'handbook')
    guide = oracle.real_input() / '18f-product-guide'
    return [*oracle.documents(handbook), *oracle.documents(guide)]


def test_real_documents_have_the_structure_that_github_sees(real_documents, capsys):
    unlike, seconds = [], 0.0
    for path, text in real_documents:
        start = time.perf_counter()
        html = read(text).html
        seconds += time.perf_counter() - start
        ours, theirs = oracle.structure(html), oracle.structure(oracle.github(text))
        if ours != theirs:
            unlike.append(
                (path, {name: (ours[name], theirs[name]) for name in oracle.COMPARED if ours[name] != theirs[name]})
            )

    same = len(real_documents) - len(unlike)
    with capsys.disabled():
        print(
            f'\n{same} of {len(real_documents)} real files have the structure GitHub sees '
            f'({same / len(real_documents):.1%});'
        )
        print(f'mean time per file {seconds / len(real_documents) * 1000:.1f} ms')
        for path, what in unlike:
            print(f'  {path}: ours and GitHub’s {what}')
    assert len(real_documents) > 250
    assert same >= 0.99 * len(real_documents)


def test_real_documents_have_the_items_that_github_sees_and_no_errors(real_documents):
    for path, text in real_documents:
        document = read(text)

        assert len(document.items) == oracle.github_tasks(text), path
        assert document.errors == [], path


@given(markup.MARKUP)
@settings(max_examples=300, deadline=None)
def test_there_are_as_many_items_as_github_shows_task_boxes_outside_quotes(text):
    text = re.sub(
        r'\[\^1\](?:: )?|\[!NOTE\]|\x00|\x0c|<!--|<div>|<b>', '', text
    )  # the oracle's box is compared, not its HTML
    assert len(read(text).items) == oracle.github_tasks(text)


@given(markup.ANYTHING)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_and_twice_alike(text):
    try:
        first = read(text)
    except Refused:
        return

    assert first == read(text)
    assert len({item.key for item in first.items}) == len(first.items)
    assert not re.search('[\x02\x03]', first.html + first.plain + str(first.items))
