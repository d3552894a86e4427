import shutil
import subprocess
from unittest import TestCase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.text.merge import merge


@st.composite
def edits(draw):
    """A text and two edits of it, each by a few deletions and insertions."""
    base = [f'{number}\n' for number in range(draw(st.integers(0, 12)))]
    return [''.join(base), *(''.join(_edit(base, draw(CHANGES))) for _ in range(2))]


CHANGES = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(['delete', 'x\n', 'y\n'])), max_size=4)


def _edit(base, changes):
    lines = list(base)
    for place, what in changes:
        if what == 'delete':
            del lines[place : place + 1]
        else:
            lines.insert(place, what)
    return lines


class MergeTests(TestCase):
    def test_changes_in_different_places_are_put_together(self):
        found = merge('a\nb\nc\nd\n', 'A\nb\nc\nd\n', 'a\nb\nc\nD\n')

        self.assertEqual(found.text, 'A\nb\nc\nD\n')

    def test_the_same_change_twice_is_one(self):
        self.assertEqual(merge('a\nb\n', 'a\nB\n', 'a\nB\n').text, 'a\nB\n')

    def test_different_changes_of_one_line_are_a_conflict_with_both_kept(self):
        found = merge('a\nb\nc\n', 'a\nours\nc\n', 'a\ntheirs\nc\n')

        [conflict] = found.conflicts
        self.assertEqual((conflict.base, conflict.ours, conflict.theirs), (('b\n',), ('ours\n',), ('theirs\n',)))
        with self.assertRaises(ValueError):
            _ = found.text


@given(edits())
@settings(max_examples=150, deadline=None)
def test_who_changed_nothing_changes_nothing(texts):
    base, ours, theirs = texts
    assert merge(base, ours, base).text == ours
    assert merge(base, base, theirs).text == theirs
    assert merge(base, ours, ours).text == ours


@given(edits())
@settings(max_examples=150, deadline=None)
def test_sides_may_be_exchanged(texts):
    base, ours, theirs = texts
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert [(c.lines, c.ours, c.theirs) for c in one.chunks] == [(c.lines, c.theirs, c.ours) for c in other.chunks]


@given(edits())
@settings(max_examples=150, deadline=None)
def test_what_one_added_and_nobody_deleted_is_there_or_in_an_open_conflict(texts):
    base, ours, theirs = texts
    found = merge(base, ours, theirs)
    shown = ''.join(''.join(chunk.lines + chunk.ours + chunk.theirs) for chunk in found.chunks).splitlines()
    for line in ('x', 'y'):
        assert shown.count(line) >= max(ours.splitlines().count(line), theirs.splitlines().count(line))


@pytest.mark.skipif(not shutil.which('git'), reason='git is not installed: apt-get install git')
@given(texts=edits())
@settings(max_examples=80, deadline=None)
def test_result_and_conflicts_are_git_s(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp('merge')
    names = ['base', 'ours', 'theirs']
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_text(text)
    answer = subprocess.run(
        ['git', 'merge-file', '-p', 'ours', 'base', 'theirs'], cwd=folder, capture_output=True, text=True, check=False
    )
    found = merge(*texts)
    assert bool(found.conflicts) == (answer.returncode != 0)
    if not found.conflicts:
        assert found.text == answer.stdout
