import threading

from django.contrib.auth.models import Group
from django.db import connection
from django.test import TestCase, TransactionTestCase

from accounts.actions import CircularLine, set_manager
from accounts.models import ADMINS, EDITORS, User
from tests.factories import make_user


class SetManagerTests(TestCase):
    def test_a_person_reports_to_somebody_else_and_to_nobody(self):
        person, manager = make_user(), make_user()

        self.assertTrue(set_manager(person=person, manager=manager, by=None))
        self.assertEqual(User.objects.get(pk=person.pk).reports_to, manager)

        self.assertTrue(set_manager(person=person, manager=None, by=None))
        self.assertIsNone(User.objects.get(pk=person.pk).reports_to)

    def test_saying_the_same_again_changes_nothing(self):
        manager = make_user()
        person = make_user(reports_to=manager)

        self.assertFalse(set_manager(person=person, manager=manager, by=None))

    def test_nobody_reports_to_themselves_or_to_somebody_below_them(self):
        head = make_user()
        middle = make_user(reports_to=head)
        foot = make_user(reports_to=middle)

        for manager in (head, middle, foot):
            with self.assertRaises(CircularLine):
                set_manager(person=head, manager=manager, by=None)
        self.assertIsNone(User.objects.get(pk=head.pk).reports_to)

    def test_the_stored_line_counts_and_not_what_the_caller_has_in_memory(self):
        head, other = make_user(), make_user()
        stale = User.objects.get(pk=head.pk)
        set_manager(person=head, manager=other, by=None)

        self.assertFalse(set_manager(person=stale, manager=other, by=None))


class SetManagerRaceTests(TransactionTestCase):
    def test_two_changes_that_would_make_a_circle_together_never_both_succeed(self):
        for _attempt in range(5):
            one, two = make_user(), make_user()
            start = threading.Barrier(2)
            outcomes = []

            def change(person, manager, start=start, outcomes=outcomes):
                try:
                    start.wait()
                    set_manager(person=person, manager=manager, by=None)
                    outcomes.append('set')
                except CircularLine:
                    outcomes.append('circular')
                finally:
                    connection.close()

            threads = [threading.Thread(target=change, args=pair) for pair in ((one, two), (two, one))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            self.assertEqual(sorted(outcomes), ['circular', 'set'])
            self.assertEqual(User.objects.filter(pk__in=[one.pk, two.pk], reports_to=None).count(), 1)


class GroupsTests(TestCase):
    def test_a_new_site_has_the_two_groups(self):
        self.assertEqual(set(Group.objects.values_list('name', flat=True)), {EDITORS, ADMINS})
