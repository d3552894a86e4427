"""Hostile input is refused with what and where, or costs at most twenty times a plain text of equal length."""

import statistics
import time
from threading import Thread

import pytest

from playbooks.text import MAX_BYTES, Refused, normalize, read
from playbooks.text.highlighting import LANGUAGES, MAX_BLOCK

from . import hostile, oracle

TIMES = 20
PROSE = (
    'Product operations writes down how the team works, and every\nchange is a version that anybody can read again.\n\n'
)


def at_the_cap(text):
    """The text cut so that it is as large as a text may be once it is normalized."""
    return normalize(normalize(text).encode()[: MAX_BYTES - 1].decode(errors='ignore'))


def cost(text):
    """Seconds of this thread's work, and what the reader said where it refused."""
    start = time.thread_time()
    try:
        read(text)
    except Refused as refused:
        return time.thread_time() - start, refused
    return time.thread_time() - start, None


@pytest.fixture(scope='module')
def plain_cost():
    text = at_the_cap(PROSE * (MAX_BYTES // len(PROSE) + 1))
    costs = [cost(text) for _ in range(5)]
    assert all(refused is None for _, refused in costs)
    return statistics.median(seconds for seconds, _ in costs)


def assert_cheap(name, text, plain_cost):
    seconds, refused = cost(text)
    if seconds > TIMES * plain_cost:
        seconds = min(seconds, *(cost(text)[0] for _ in range(2)))  # a busy machine is no slow reader
    assert seconds <= TIMES * plain_cost, f'{name}: {seconds:.2f} s, {seconds / plain_cost:.0f} times plain text'
    if refused:
        assert len(refused.message) > 30, name
        assert refused.line is not None, name
    return seconds


def test_every_shape_at_the_size_cap_is_refused_or_costs_little(plain_cost, capsys):
    shapes = [(name, at_the_cap(text)) for name, text in hostile.shapes(MAX_BYTES)]

    worst = max((assert_cheap(name, text, plain_cost), name) for name, text in shapes)

    with capsys.disabled():
        print(
            f'\n{len(shapes)} hostile shapes; the worst costs {worst[0] / plain_cost:.1f} times plain text: {worst[1]}'
        )


@pytest.mark.parametrize('language', sorted(set(LANGUAGES.values())))
def test_code_in_color_costs_little(language, plain_cost):
    for unit in ('a', 'a\n', '\n', "'", '"', '\\', '<', '(', '{', '/*', "\\'a", '${', 'a ', 'a.', '-', '0x', '_a'):
        lines = [(unit * 1000)[:990]] * 4
        block = f'```{language}\n' + '\n'.join(lines)[: MAX_BLOCK - 1] + '\n```\n\n'
        assert_cheap(f'{language} {unit!r}', block * 4, plain_cost)


def test_a_text_above_the_cap_is_refused():
    with pytest.raises(Refused, match='256 kB') as caught:
        read('a' * MAX_BYTES)

    assert caught.value.line is None


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('a\n\n' + '> ' * 101 + 'a', 3),
        ('a\n' * 3 + '\n' + '<div>' * 1001, 5),
        ('a\nb\n' + '**c ' * 101 + 'c**' * 101, 3),
        ('- [ ] a\n' * 6001, 6001),
    ],
)
def test_a_refusal_says_where(text, line):
    with pytest.raises(Refused) as caught:
        read(text)

    assert caught.value.line == line
    assert str(caught.value).startswith(f'Line {line}: ')


def test_many_items_are_read():
    assert len(read('- [ ] do **this** {due=+1d}\n' * 5000).items) == 5000
    assert read('- item\n' * 20_000).html.count('<li>') == 20_000


def test_no_real_document_is_refused(tmp_path):
    folders = [oracle.check_out_handbook(tmp_path / 'handbook'), oracle.real_input()]

    for folder in folders:
        for path, text in oracle.documents(folder):
            assert cost(text)[1] is None, path


def test_threads_read_different_texts_at_once_as_one_thread_does():
    task = '- [ ] task {n} {i} <b>x</b> [l](#t{n})[^{i}] {{#k{n}-{i}}}\n\n  ```python\n  x = {n}\n  ```\n'
    note = '\n[^{i}]: note {n}\n'
    texts = [
        f'# T{n}\n\n' + ''.join(part.format(n=n, i=i) for part in (task, note) for i in range(20)) for n in range(8)
    ]
    serial = [read(text) for text in texts]
    found = {}

    def work(number):
        found[number] = [read(texts[(number + turn) % len(texts)]) for turn in range(len(texts))]

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {number: [serial[(number + turn) % 8] for turn in range(8)] for number in range(4)}
