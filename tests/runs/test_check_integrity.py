"""check_integrity: quiet where everything adds up, and finds each thing that does not."""

from io import StringIO

from django.core.management import call_command
from django.db import connection
from django.test import TestCase

from playbooks import runs
from playbooks.integrity import check_all, check_guards, check_versions
from playbooks.models import Event, Playbook, Run, RunItem, RunRole
from playbooks.triggers import permit_erasing
from tests.factories import make_editor, make_track, make_user

from .base import NOW, start


class CheckIntegrityTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.manager = make_user('Mara', reports_to=make_user('Greta'))
        cls.pia = make_user('Pia', reports_to=cls.manager)
        cls.track = make_track('track', text='- [ ] One {#one}\n- [ ] Two {#two signoff=buddy}\n')
        cls.run_ = start(cls.track.current_version, cls.pia, roles={'buddy': [make_user('Ben')]})
        runs.complete(run=cls.run_, key='one', by=cls.pia, shown_number=1, now=NOW)

    def findings(self):
        return [str(finding) for finding in check_all()]

    def test_a_sound_site_adds_up(self):
        out = StringIO()
        call_command('check_integrity', stdout=out)

        self.assertEqual((self.findings(), out.getvalue()), ([], 'Everything adds up.\n'))

    def test_the_command_ends_with_one_and_prints_what_does_not(self):
        RunItem.objects.filter(key='one').update(earned_number=7)
        out, err = StringIO(), StringIO()
        with self.assertRaises(SystemExit) as ended:
            call_command('check_integrity', stdout=out, stderr=err)

        self.assertEqual(ended.exception.code, 1)
        self.assertEqual(out.getvalue(), f'Run {self.run_.pk}, one: earned_number is 7, by its ledger 1\n')

    def test_a_state_without_an_event_is_found(self):
        RunItem.objects.filter(key='two').update(state='waived', waived_at=NOW)

        self.assertEqual(
            self.findings(),
            [
                f"Run {self.run_.pk}, two: state is 'waived', by its ledger 'to_do'",
                f"Run {self.run_.pk}, two: waived_at is '{NOW.isoformat()}', by its ledger None",
            ],
        )

    def test_a_run_moved_without_an_event_is_found(self):
        Run.objects.update(anchor_on='2026-12-24')

        self.assertEqual(
            self.findings(), [f"Run {self.run_.pk}: anchor_on is '2026-12-24', by its ledger '2026-11-02'"]
        )

    def test_a_role_filled_without_an_event_is_found(self):
        RunRole.objects.update(person=self.manager)

        self.assertEqual(len(self.findings()), 1)
        self.assertIn('its roles are', self.findings()[0])

    def test_an_item_that_is_not_there_is_found(self):
        RunItem.objects.filter(key='two').delete()

        self.assertEqual(
            self.findings(),
            [
                f'Run {self.run_.pk}, two: only the ledger knows it',
                f'Run {self.run_.pk}: version 1 asks two, but the run has no such item',
            ],
        )

    def test_a_missing_event_is_found(self):
        with permit_erasing('a test'):
            Event.objects.filter(seq=1).delete()

        self.assertIn(f'Run {self.run_.pk}: its events are numbered [2], the last one should be 2', self.findings())

    def test_a_current_version_that_is_not_the_last_is_found(self):
        Playbook.objects.update(current_version=None)

        self.assertEqual(
            [str(finding) for finding in check_versions()], ['track: version None is current, but 1 is the last one']
        )

    def test_a_missing_trigger_is_found(self):
        table = ' ON playbooks_event' if connection.vendor == 'postgresql' else ''
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TRIGGER playbooks_event_no_update{table}')

        self.assertEqual(
            [str(finding) for finding in check_guards()],
            ['Database: the trigger playbooks_event_no_update is missing'],
        )

    def test_a_sign_off_that_nobody_may_give_is_found_until_there_is_an_editor(self):
        self.manager.reports_to = None
        self.manager.save()
        RunRole.objects.get().person.__class__.objects.filter(name='Ben').update(is_active=False)
        runs.complete(run=self.run_, key='two', by=self.pia, shown_number=1, now=NOW)
        without = self.findings()
        make_editor()

        self.assertEqual(without, [f'Run {self.run_.pk}, two: waits for a sign-off that nobody may give'])
        self.assertEqual(self.findings(), [])
