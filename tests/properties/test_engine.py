"""Whatever is edited, published, done, undone, and in whatever order: invariants 1, 3 and 4 of DESIGN.md hold.

A machine writes random texts, publishes them over three runs under way, acts as random people on random items with
whatever version they were shown, moves days, undoes; time passes. After every step the ledgers must fold to the state
and versions be as they were; around every step it says what may not have happened.
"""

import datetime as dt

from django.db import DatabaseError, transaction
from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from playbooks import runs
from playbooks.integrity import check_guards, check_runs, check_versions
from playbooks.models import Event, Run, RunItem, Version
from tests.factories import make_editor, make_playbook, make_track, make_user
from tests.runs.base import publish, start

KEYS = tuple('abcdefgh')
SHORT = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=[Phase.reuse, Phase.generate],  # making a failure shorter takes minutes here
)
CREDIT = ('done_by_id', 'done_for_id', 'done_at', 'signed_by_id', 'signed_at', 'earned_number', 'confirmed_number')
WAIVER = ('waived_by_id', 'waived_at', 'waived_reason')
EARNED = {'done', 'awaiting', 'to_confirm', 'waived'}
FINISHED = {'done', 'to_confirm', 'waived'}

line = st.fixed_dictionaries(
    {
        'words': st.sampled_from(['', ' well', ' again', ' gladly']),
        'due': st.sampled_from(['', ' due=+1wd', ' due=+9wd', ' due=-3d', ' due=-2wd', ' due=+3w']),
        'role': st.sampled_from(['', '', '', ' role=buddy', ' role=nobody']),
        'signoff': st.sampled_from(['', '', ' signoff=manager', ' signoff=buddy', ' signoff=nobody']),
        'kind': st.sampled_from(['', '', '', ' kind=submit', ' kind=read']),
        'optional': st.sampled_from(['', '', ' optional']),
        'after': st.booleans(),
    }
)
checklist = st.lists(st.tuples(st.sampled_from(KEYS), line), min_size=1, max_size=6, unique_by=lambda pair: pair[0])
meaning = st.sampled_from(['wording', 'substance', 'substance', None])


def written(lines):
    """The Markdown of these items; one that comes after opens after the item above it."""
    text, above = '', None
    for key, it in lines:
        after = f' after={above}' if it['after'] and above else ''
        page = ' [page](playbook:page)' if 'read' in it['kind'] else ''
        group = f'{{#{key}{it["kind"]}{it["due"]}{it["role"]}{it["signoff"]}{after}{it["optional"]}}}'
        text += f'- [ ] Do {key}{it["words"]}{page} {group}\n'
        above = key
    return text


class Engine(RuleBasedStateMachine):
    """Two enrollments and a launch of one playbook, and everybody who may have a part in them."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
        head = make_user('Greta Head')
        manager = make_user('Mara Manager', reports_to=head)
        self.pia, self.tom = make_user('Pia', reports_to=manager), make_user('Tom', reports_to=manager)
        self.buddy, self.editor = make_user('Ben Buddy'), make_editor()
        self.people = [self.pia, self.tom, self.buddy, manager, head, self.editor]
        self.page = make_playbook('page', text='Read me.\n')
        self.track = make_track('track', text='- [ ] Do a {#a due=+1wd}\n- [ ] Do b {#b signoff=manager after=a}\n')
        version = self.track.current_version
        roles = {'buddy': [self.buddy]}
        self.runs = [
            start(version, self.pia, roles=roles, now=self.now),
            start(version, self.tom, roles=roles, now=self.now, anchor_on=dt.date(2026, 11, 16)),
            start(version, self.pia, roles=roles, now=self.now, private=False, anchor_on=dt.date(2026, 11, 20)),
        ]
        self.texts = {1: self.frozen(version)}
        self.substances = []
        self.before_move = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @staticmethod
    def frozen(version):
        return version.text, version.text_hash, version.title, version.note, version.published_at

    def rows(self, run):
        return {row.pop('key'): row for row in RunItem.objects.filter(run=run).values()}

    def number(self, run):
        return Run.objects.values_list('version__number', flat=True).get(pk=run.pk)

    def overdue(self, run):
        today = self.now.date()
        asked = Run.objects.get(pk=run.pk).version.items.values('key')
        return {row.key for row in RunItem.objects.filter(run=run, key__in=asked) if row.is_overdue(today)}

    def nothing_lost(self, run, before, after, substances):
        """Invariant 4: what was earned is there as it was, or to be checked again; nothing is earned by an edit."""
        for key, row in before.items():
            if row['state'] in EARNED or row['touched']:
                assert key in after, f'{key} was dropped'
                kept = [column for column in (*CREDIT, *WAIVER, 'touched') if row[column] != after[key][column]]
                assert not kept, f'{key}: {kept} changed'
                states = row['state'], after[key]['state']
                assert states[0] == states[1] or (states == ('done', 'to_confirm') and key in substances), states
        for key, row in after.items():
            assert row['state'] not in FINISHED or before.get(key, row)['state'] in FINISHED, f'{key} was not earned'
            assert key in before or row['state'] == 'to_do', f'{key} was not earned'

    @rule(lines=checklist, answer=st.lists(meaning, min_size=8, max_size=8))
    def publish_a_version(self, lines, answer):
        answers = dict(zip(KEYS, answer, strict=True))
        meanings = {key: answers[key] for key, _line in lines if answers[key]}
        self.substances.append({key for key, meant in meanings.items() if meant == 'substance'})
        before = {run.pk: (self.rows(run), self.overdue(run), self.number(run)) for run in self.runs}
        active = set(Run.objects.active().values_list('pk', flat=True))
        version = publish(self.track, written(lines), by=self.editor, meanings=meanings, now=self.now)
        self.texts[version.number] = self.frozen(version)
        for run in self.runs:
            rows, overdue, number = before[run.pk]
            after = self.rows(run)
            if run.pk not in active:
                assert (after, self.number(run)) == (rows, number)
                continue
            self.before_move[run.pk] = (rows, number, Event.objects.filter(run=run).count())
            assert self.number(run) == version.number
            assert {key for key, _line in lines} <= set(after)
            self.nothing_lost(run, rows, after, set().union(*self.substances))
            assert self.overdue(run) <= overdue, 'an edit made something overdue'

    @rule(which=st.integers(0, 2), who=st.integers(0, 5))
    def undo(self, which, who):
        run = self.runs[which]
        before, until = self.rows(run), Event.objects.filter(run=run).count()
        try:
            undone = runs.undo_carry_over(run=run, by=self.people[who], now=self.now)
        except runs.Refusal:
            assert self.rows(run) == before
            return
        assert undone == (run.pk in self.before_move)
        if not undone:
            assert self.rows(run) == before
            return
        rows, number, seq = self.before_move.pop(run.pk)
        later = Event.objects.filter(run=run, seq__gt=seq, seq__lte=until)
        acted_on = set(later.exclude(key='').values_list('key', flat=True))
        moved = later.filter(action='anchor_moved').exists()
        after = self.rows(run)
        assert self.number(run) == number
        for key, row in rows.items():
            if key in acted_on:
                assert after[key] == before[key]
            else:
                dates = {'due_on', 'floor_on', 'late_addition'} if moved else set()
                assert not [name for name in row if row[name] != after[key][name] and name not in dates]
        assert {key for key in after if key not in rows} <= acted_on

    @rule(
        which=st.integers(0, 2),
        who=st.integers(0, 5),
        key=st.sampled_from(KEYS),
        back=st.integers(0, 2),
        what=st.sampled_from(
            ['complete'] * 5
            + ['withdraw', 'sign_off', 'sign_off', 'confirm', 'confirm', 'reopen', 'return', 'waive', 'ask', 'comment']
            + ['hand_in', 'hand_in', 'wait', 'stop_waiting']
        ),
    )
    def act(self, which, who, key, back, what):
        run, person = self.runs[which], self.people[who]
        shown = max(1, self.number(run) - back)
        before, last = self.rows(run), Event.objects.filter(run=run).count()
        actions = {
            'complete': runs.complete,
            'withdraw': runs.withdraw,
            'sign_off': runs.sign_off,
            'confirm': runs.confirm,
            'reopen': runs.reopen,
            'return': lambda **given: runs.return_item(note='Not yet.', **given),
            'waive': lambda **given: runs.waive(reason='does_not_apply', **given),
            'ask': lambda **given: runs.ask_to_be_excused(note='Why me?', **given),
            'comment': lambda **given: runs.comment(note='Well.', **given),
            'hand_in': lambda **given: runs.add_evidence(kind='text', text='Mine.', **given),
            'wait': lambda **given: runs.wait_for(whom=self.buddy, **given),
            'stop_waiting': runs.stop_waiting,
        }
        given = {'run': run, 'key': key, 'by': person, 'shown_number': shown, 'now': self.now}
        try:
            outcome = actions[what](**given)
        except runs.Refusal:
            assert self.rows(run) == before
            return
        after = self.rows(run)
        assert {k: row for k, row in after.items() if k != key} == {k: row for k, row in before.items() if k != key}
        assert Event.objects.filter(run=run).count() == last + outcome.changed
        assert outcome.changed or after == before
        if what == 'complete' and outcome.changed:
            assert after[key]['done_by_id'] is not None
            assert after[key]['signed_by_id'] is None
        if what == 'sign_off' and outcome.changed:
            assert person.pk not in {after[key]['done_by_id'], after[key]['done_for_id']}
        if what not in {'withdraw', 'sign_off', 'return', 'reopen', 'confirm'}:
            try:
                again = actions[what](**given)
            except runs.Refusal:
                assert what == 'stop_waiting'  # who was waited for says it once
            else:
                assert not again.changed
            assert self.rows(run) == after

    @rule(who=st.integers(0, 5), number=st.integers(1, 2))
    def read_the_page(self, who, number):
        before = {run.pk: self.rows(run) for run in self.runs}
        try:
            read = runs.acknowledge(playbook=self.page, person=self.people[who], number=number, now=self.now)
        except runs.NotPossible:
            assert number == 2
            return
        done = {(row.run_id, row.key) for row in read.completed}
        changed = {
            (run.pk, key) for run in self.runs for key, row in self.rows(run).items() if row != before[run.pk][key]
        }
        assert done == changed

    @rule(which=st.integers(0, 2), days=st.integers(-10, 10))
    def move_the_day(self, which, days):
        run = self.runs[which]
        before = self.rows(run)
        anchor = Run.objects.values_list('anchor_on', flat=True).get(pk=run.pk)
        runs.move_anchor(run=run, to=anchor + dt.timedelta(days=days), by=self.editor, now=self.now)
        for key, row in self.rows(run).items():
            changed = {name for name in row if row[name] != before[key][name]}
            assert changed <= {'due_on', 'late_addition'}
            assert not changed or row['state'] in {'to_do', 'awaiting'}

    @rule(which=st.integers(0, 2), who=st.integers(0, 5))
    def change_the_buddy(self, which, who):
        before = self.rows(self.runs[which])
        runs.set_role(run=self.runs[which], role='buddy', people=[self.people[who]], by=self.editor, now=self.now)
        assert self.rows(self.runs[which]) == before

    @rule(days=st.integers(0, 6))
    def time_passes(self, days):
        self.now += dt.timedelta(days=days, minutes=1)

    @precondition(lambda self: len(self.texts) > 1)
    @rule(number=st.integers(1, 3))
    def nobody_alters_a_version(self, number):
        try:
            with transaction.atomic():
                Version.objects.filter(playbook=self.track, number=number).update(text='Otherwise.')
        except DatabaseError:
            return
        assert number > len(self.texts), 'a version was altered'

    @invariant()
    def everything_adds_up(self):
        found = [*check_runs(Run.objects.all()), *check_versions()]
        assert not found, [str(finding) for finding in found]
        stored = {version.number: self.frozen(version) for version in self.track.versions.all()}
        assert stored == self.texts
        assert sorted(stored) == list(range(1, len(stored) + 1))


class EngineTests(TestCase):
    def test_nothing_is_lost_nothing_is_unearned_and_the_ledger_tells_it_all(self):
        run_state_machine_as_test(Engine, settings=SHORT)
        self.assertEqual(check_guards(), [])
