"""DESIGN.md's table of who sees and does what in a run, person by person."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from playbooks import runs
from playbooks.models import Run
from playbooks.permissions import can_start_run, run_access
from tests.factories import make_admin, make_playbook, make_track, make_user

from .base import RunTestCase, start

TRACK = """\
- [ ] Own {#own signoff=manager}
- [ ] Tour {#tour role=buddy}
- [ ] Draw {#draw role=designer}
- [ ] Check {#check signoff=designer}
"""
RIGHTS = ('may_move', 'may_change_roles', 'may_end', 'may_carry_over')


class EnrollmentAccessTests(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.designer = make_user('Dora Designer')
        cls.admin = make_admin()
        cls.colleague = make_user('Carl Colleague', reports_to=cls.manager)
        cls.run_ = start(
            make_track('track', text=TRACK).current_version,
            cls.pia,
            roles={'buddy': [cls.buddy], 'designer': [cls.designer]},
        )
        cls.everybody = {
            'own': cls.pia,
            'buddy': cls.buddy,
            'designer': cls.designer,
            'manager': cls.manager,
            'above': cls.head,
            'editor': cls.editor,
            'admin': cls.admin,
            'colleague': cls.colleague,
            'stranger': cls.stranger,
        }

    def who(self, question):
        """Everybody of whom it is true, by what they are."""
        return {
            name
            for name, user in self.everybody.items()
            if question(run_access(user, Run.objects.get(pk=self.run_.pk)))
        }

    def keys(self, user, question):
        access = run_access(user, self.run_)
        return [row.key for row in self.run_.items.all() if question(access, row)]

    def test_who_sees_it_at_all_is_who_the_query_set_says(self):
        seen = {'own', 'buddy', 'designer', 'manager', 'above', 'editor'}

        self.assertEqual(self.who(lambda access: access.sees_run), seen)
        listed = {name for name, user in self.everybody.items() if Run.objects.visible_to(user).exists()}
        self.assertEqual(listed, seen)

    def test_states_and_dates_are_for_all_of_them_but_other_roles_see_their_own_items_only(self):
        for user in (self.pia, self.buddy, self.manager, self.head, self.editor):
            seen = self.keys(user, lambda access, row: access.sees_item(row.role, row.signoff))
            self.assertEqual(seen, ['own', 'tour', 'draw', 'check'])
        seen = self.keys(self.designer, lambda access, row: access.sees_item(row.role, row.signoff))
        self.assertEqual(seen, ['draw', 'check'])
        self.assertEqual(self.keys(self.admin, lambda access, row: access.sees_item(row.role, row.signoff)), [])

    def test_work_is_for_the_person_the_buddy_the_direct_manager_and_signers(self):
        everything = ['own', 'tour', 'draw', 'check']
        expected = {
            'own': everything,
            'buddy': everything,
            'manager': everything,
            'designer': ['draw', 'check'],
            'above': [],
            'editor': [],
            'admin': [],
            'colleague': [],
            'stranger': [],
        }
        seen = {
            name: self.keys(user, lambda access, row: access.sees_work(row)) for name, user in self.everybody.items()
        }
        self.assertEqual(seen, expected)

    def test_judgements_are_not_for_the_buddy(self):
        expected = {'own': 4, 'manager': 4, 'designer': 1}
        seen = {
            name: len(self.keys(user, lambda access, row: access.sees_judgements(row)))
            for name, user in self.everybody.items()
        }
        self.assertEqual({name: many for name, many in seen.items() if many}, expected)

    def test_the_stand_in_sees_the_work_of_what_they_are_to_sign(self):
        runs.set_role(run=self.run_, role='designer', people=[], by=self.manager)
        runs.complete(run=self.run_, key='check', by=self.pia, shown_number=1)

        self.assertEqual(self.keys(self.head, lambda access, row: access.sees_work(row)), ['check'])

    def test_items_are_done_by_those_of_the_role(self):
        expected = {'own': ['own', 'check'], 'buddy': ['tour'], 'designer': ['draw']}
        done = {
            name: self.keys(user, lambda access, row: access.may_complete(row)) for name, user in self.everybody.items()
        }
        self.assertEqual({name: keys for name, keys in done.items() if keys}, expected)

    def test_it_is_led_by_the_line_above_and_editors(self):
        for right in RIGHTS:
            leads = {'manager', 'above', 'editor'} | ({'own'} if right == 'may_carry_over' else set())
            self.assertEqual(self.who(lambda access, right=right: getattr(access, right)), leads, right)
        self.assertEqual(self.who(lambda access: access.may_waive(self.row(self.run_, 'own'))), leads - {'own'})

    def test_it_is_started_by_the_line_above_and_editors(self):
        may = {
            name
            for name, user in self.everybody.items()
            if can_start_run(user, self.run_.playbook, owner=self.pia, private=True)
        }
        self.assertEqual(may, {'manager', 'above', 'editor'})

    def test_only_the_signer_signs_and_only_once_it_is_done(self):
        before = self.who(lambda access: access.may_sign(self.row(self.run_, 'own')))
        runs.complete(run=self.run_, key='own', by=self.pia, shown_number=1)

        self.assertEqual(before, set())
        self.assertEqual(self.who(lambda access: access.may_sign(self.row(self.run_, 'own'))), {'manager'})
        self.assertEqual(self.who(lambda access: access.may_withdraw(self.row(self.run_, 'own'))), {'own'})

    def test_the_new_manager_has_the_old_ones_place(self):
        User.objects.filter(pk=self.pia.pk).update(reports_to=self.stranger)

        self.assertEqual(self.who(lambda access: access.is_manager), {'stranger'})
        self.assertEqual(self.who(lambda access: access.may_move), {'stranger', 'editor'})

    def test_it_costs_the_same_few_queries_however_much_the_run_holds(self):
        long = ''.join(f'- [ ] Item {number} {{#i{number}}}\n' for number in range(50))
        big = start(make_track('long', text=long).current_version, self.pia, roles={'buddy': [self.buddy]})
        costs = set()
        for run in (self.run_, big):
            head = User.objects.get(pk=self.head.pk)
            with CaptureQueriesContext(connection) as queries:
                access = run_access(head, run)
                [access.may_waive(row) for row in run.items.all()]
            costs.add(len(queries))

        self.assertEqual(costs, {4})


class LaunchAccessTests(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.member = make_user('Mia Member', groups=('Launchers',))
        cls.sales = make_user('Wen Sales')
        cls.admin = make_admin()
        cls.launch = make_playbook(
            'launch', text='- [ ] Plan {#plan}\n- [ ] Tell {#tell role=sales}\n', owner=cls.pia, audience=['Launchers']
        )
        cls.run_ = start(cls.launch.current_version, cls.pia, private=False, roles={'sales': [cls.sales]})
        cls.everybody = {
            'own': cls.pia,
            'role': cls.sales,
            'member': cls.member,
            'manager': cls.manager,
            'editor': cls.editor,
            'admin': cls.admin,
            'stranger': cls.stranger,
        }

    def who(self, question):
        return {name for name, user in self.everybody.items() if question(run_access(user, self.run_))}

    def test_it_is_seen_by_who_may_read_its_playbook_and_who_is_in_it(self):
        seen = {'own', 'role', 'member', 'editor', 'admin'}

        self.assertEqual(self.who(lambda access: access.sees_run), seen)
        self.assertEqual(self.who(lambda access: access.sees_item('')), seen)
        self.assertEqual(self.who(lambda access: access.sees_work(self.row(self.run_, 'plan'))), seen)
        listed = {name for name, user in self.everybody.items() if Run.objects.visible_to(user).exists()}
        self.assertEqual(listed, seen)

    def test_it_is_led_by_its_owner_and_editors(self):
        for right in RIGHTS:
            self.assertEqual(self.who(lambda access, right=right: getattr(access, right)), {'own', 'editor'}, right)

    def test_owner_and_editors_tick_for_others(self):
        self.assertEqual(
            self.who(lambda access: access.may_complete(self.row(self.run_, 'tell'))), {'own', 'role', 'editor'}
        )
        self.assertEqual(self.who(lambda access: access.may_complete(self.row(self.run_, 'plan'))), {'own', 'editor'})
