"""What people have to do and to sign, over all their runs, at a fixed number of queries."""

import datetime as dt

from accounts.models import User
from playbooks import runs
from playbooks.days import calendar_of
from playbooks.models import Run
from tests.factories import make_playbook, make_track, make_user

from .base import MONDAY, NOW, RunTestCase, at, publish, start

TRACK = """\
- [ ] Second {#second due=+2wd after=first}
- [ ] First {#first due=+1wd}
- [ ] Tour {#tour role=buddy}
- [ ] Plan {#plan role=manager due=+1wd}
- [ ] Shadow {#shadow signoff=buddy}
- [ ] Brief {#brief signoff=manager}
"""


class WorklistTestCase(RunTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.track = make_track('track', text=TRACK)
        cls.run_ = start(cls.track.current_version, cls.pia, roles={'buddy': [cls.buddy]}, name='Pia begins')

    def work(self, person):
        return [(row.run.pk, row.item.key) for row in runs.work_for(person)]

    def signing(self, person, now=NOW):
        return [row.item.key for row in runs.to_sign(User.objects.get(pk=person.pk), now)]


class WorkTests(WorklistTestCase):
    def test_everybody_has_the_items_of_their_roles_by_date(self):
        mine = {person.name: [key for _run, key in self.work(person)] for person in User.objects.all()}

        self.assertEqual(
            {name: keys for name, keys in mine.items() if keys},
            {
                'Pia New': ['first', 'second', 'shadow', 'brief'],
                'Ben Buddy': ['tour'],
                'Mara Manager': ['plan'],
            },
        )

    def test_a_row_says_what_it_opens_after_and_whose_run_it_is(self):
        second = next(row for row in runs.work_for(self.pia) if row.item.key == 'second')

        self.assertEqual((second.opens_after, second.is_blocked), (('First',), True))
        self.assertEqual((second.run.name, second.run.owner_name, second.run.number), ('Pia begins', 'Pia New', 1))
        self.assertEqual((second.item.task.text, second.item.due_on), ('Second', dt.date(2026, 11, 4)))

    def test_the_rows_of_a_run_say_the_same(self):
        rows = runs.rows_of(Run.objects.filter(pk=self.run_.pk))[self.run_.pk]

        self.assertEqual([row.key for row in rows], ['second', 'first', 'tour', 'plan', 'shadow', 'brief'])
        self.assertEqual(runs.opens_after(rows)['second'], ('First',))
        self.assertEqual([row.key for row in rows if row.is_overdue(dt.date(2026, 11, 4))], ['first', 'plan'])

    def test_what_is_to_be_checked_again_is_there_for_who_did_it(self):
        runs.complete(run=self.run_, key='tour', by=self.buddy, shown_number=1, now=NOW)
        runs.complete(run=self.run_, key='shadow', by=self.pia, shown_number=1, now=NOW)
        runs.sign_off(run=self.run_, key='shadow', by=self.buddy, now=NOW)
        changed = TRACK.replace('Tour', 'Tours').replace('Shadow', 'Shadows')
        publish(self.track, changed, by=self.editor, meanings={'tour': 'substance', 'shadow': 'substance'})

        self.assertEqual(self.work(self.buddy), [(self.run_.pk, 'tour')])
        self.assertNotIn((self.run_.pk, 'shadow'), self.work(self.pia))
        self.assertEqual(self.signing(self.buddy), ['shadow'])

    def test_neither_stopped_runs_nor_keys_no_longer_asked_are_anybodys_work(self):
        publish(self.track, TRACK.replace('- [ ] Tour {#tour role=buddy}\n', ''), by=self.editor)
        tour = self.work(self.buddy)
        runs.end_run(run=self.run_, by=self.manager)

        self.assertEqual((tour, self.work(self.pia)), ([], []))

    def test_in_a_launch_an_unfilled_role_is_the_owners_work(self):
        launch = make_playbook('launch', text='- [ ] Tell {#tell role=sales}\n')
        run = start(launch.current_version, self.stranger, private=False)

        self.assertEqual(self.work(self.stranger), [(run.pk, 'tell')])

    def test_the_number_of_queries_is_the_same_with_one_run_and_with_several(self):
        everybody = {person.pk: person for person in User.objects.with_abilities()}
        runs.complete(run=self.run_, key='brief', by=self.pia, shown_number=1, now=NOW)
        calendar_of(None)  # kept for a minute
        for _turn in range(2):
            with self.assertNumQueries(5):
                runs.work_for(everybody[self.pia.pk])
            with self.assertNumQueries(4):
                runs.work_for(everybody[self.manager.pk])
            with self.assertNumQueries(2):
                runs.rows_of(Run.objects.all())
            with self.assertNumQueries(4):
                runs.to_sign(everybody[self.manager.pk], NOW)
            with self.assertNumQueries(4):
                runs.to_sign(everybody[self.editor.pk], NOW)
            for number in range(3):
                new = make_user(f'Nina {number}', reports_to=self.manager)
                run = start(self.track.current_version, new, roles={'buddy': [self.pia]}, anchor_on=MONDAY)
                runs.complete(run=run, key='brief', by=new, shown_number=1, now=NOW)
                start(self.track.current_version, self.pia)


class SignTests(WorklistTestCase):
    def setUp(self):
        for key in ('shadow', 'brief'):
            runs.complete(run=self.run_, key=key, by=self.pia, shown_number=1, now=NOW)

    def test_each_signer_has_what_waits_for_them(self):
        lists = {person.name: self.signing(person) for person in User.objects.all()}

        self.assertEqual(
            {name: keys for name, keys in lists.items() if keys}, {'Ben Buddy': ['shadow'], 'Mara Manager': ['brief']}
        )

    def test_after_two_working_days_it_is_on_the_list_of_the_stand_in_too(self):
        self.assertEqual(self.signing(self.head, at(3)), [])
        self.assertEqual(self.signing(self.head, at(4)), ['shadow', 'brief'])
        self.assertEqual(self.signing(self.manager, at(4)), ['brief'])

    def test_without_anybody_above_it_is_on_every_editors_list(self):
        User.objects.filter(pk=self.manager.pk).update(reports_to=None)

        self.assertEqual(self.signing(self.editor, at(3)), [])
        self.assertEqual(self.signing(self.editor, at(4)), ['shadow', 'brief'])

    def test_what_is_listed_may_be_signed_and_nothing_else(self):
        everybody = list(User.objects.with_abilities())
        for now in (NOW, at(4)):
            listed = {(person.pk, key) for person in everybody for key in self.signing(person, now)}
            may = set()
            for person in everybody:
                access = runs.recording.run_access(person, self.run_, now=now)
                may |= {(person.pk, row.key) for row in self.run_.items.all() if access.may_sign(row)}
            self.assertEqual(listed, may)
