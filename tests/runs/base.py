"""What tests of runs share: people, starting, publishing with runs under way. After each test the ledgers add up."""

import datetime as dt

from django.db import transaction
from django.test import TestCase

from playbooks import runs
from playbooks import text as texts
from playbooks.integrity import check_all
from playbooks.models import Event, ItemChange, Run, RunItem
from tests.factories import make_editor, make_user, publish_text

MONDAY = dt.date(2026, 11, 2)
NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


def at(day, hour=9):
    """An instant on a day of November 2026."""
    return dt.datetime(2026, 11, day, hour, 0, tzinfo=dt.UTC)


def start(version, owner, **fields):
    """A run of this version: an enrollment where the owner's manager starts it, else the owner's own."""
    private = fields.pop('private', True)
    fields.setdefault('by', owner.reports_to if private else owner)
    fields.setdefault('now', NOW)
    fields.setdefault('anchor_on', MONDAY)
    visibility = Run.Visibility.PRIVATE if private else Run.Visibility.AUDIENCE
    return runs.start_run(version=version, owner=owner, visibility=visibility, **fields)


def publish(playbook, text, *, by, meanings=None, choice='move_all', now=NOW):
    """Publish a text with these meanings, key -> meaning, and carry the runs under way over, as publishing does."""
    playbook.refresh_from_db()
    meanings = {key: (meaning, 'Because.') for key, meaning in (meanings or {}).items()}
    plan = runs.prepare_carry_over(
        playbook=playbook, document=texts.read(text), meanings=meanings, choice=choice, now=now
    )
    with transaction.atomic():
        version = publish_text(playbook, text)
        ItemChange.objects.bulk_create(
            ItemChange(version=version, key=key, meaning=meaning, reason=reason)
            for key, (meaning, reason) in meanings.items()
        )
        runs.apply_carry_over(plan=plan, version=version, by=by, now=now)
    return version


class RunTestCase(TestCase):
    """People of one onboarding: Pia reports to Mara, Mara to Greta; Ben is the buddy; Edith edits."""

    @classmethod
    def setUpTestData(cls):
        cls.editor = make_editor()
        cls.head = make_user('Greta Head')
        cls.manager = make_user('Mara Manager', reports_to=cls.head)
        cls.pia = make_user('Pia New', reports_to=cls.manager)
        cls.buddy = make_user('Ben Buddy')
        cls.stranger = make_user('Sam Stranger')

    def tearDown(self):
        self.assertEqual(check_all(), [])

    def row(self, run, key):
        return RunItem.objects.get(run=run, key=key)

    def state(self, run, key):
        return self.row(run, key).state

    def states(self, run):
        return dict(RunItem.objects.filter(run=run).values_list('key', 'state'))

    def actions(self, run):
        return list(Event.objects.filter(run=run).order_by('seq').values_list('action', flat=True))

    def assertRefused(self, refusal, action, **arguments):
        """The action is refused, and leaves neither a state nor an event behind."""
        run = arguments['run']
        before = list(RunItem.objects.filter(run=run).order_by('pk').values()), self.actions(run)
        with self.assertRaises(refusal) as caught:
            action(**arguments)
        after = list(RunItem.objects.filter(run=run).order_by('pk').values()), self.actions(run)
        self.assertEqual(before, after)
        return caught.exception.message
