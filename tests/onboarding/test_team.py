import datetime as dt

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from onboarding import team
from onboarding.enrolling import enroll
from onboarding.models import Enrollment
from playbooks import runs
from tests.factories import make_admin, make_editor, make_track, make_user

TRACK = """\
## Week 1: arrive

- [ ] Meet the team {#meet due=+1wd}
- [ ] Read the plan {#plan due=+3wd signoff=manager}

## Week 2: begin

- [ ] Write a brief {#brief due=+8wd milestone}
"""
MONDAY = dt.date(2026, 3, 2)


def at(day, hour=12):
    return dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)


class TeamCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.head = make_user('Hilde Head')
        cls.manager = make_user('Mona Manager', reports_to=cls.head)
        cls.track = make_track('first-days', text=TRACK)

    def start(self, name, *, first_day=MONDAY, manager=None):
        person = make_user(name, reports_to=manager or self.manager)
        return enroll(
            person=person,
            track=self.track,
            first_day=first_day,
            by=manager or self.manager,
            buddy=None,
            now=at(first_day, 7),
        )

    def complete(self, enrollment, key, day):
        run = enrollment.run
        runs.complete(run=run, key=key, by=run.owner, shown_number=1, now=at(day))

    def rows(self, day, manager=None):
        return {row.person: row for row in team.of_team(manager or self.manager, now=at(day))}


class RampUpTests(TeamCase):
    def test_whoever_is_behind_is_shown_with_how_far_and_why(self):
        enrollment = self.start('Nina New')
        self.complete(enrollment, 'meet', MONDAY)

        row = self.rows(MONDAY + dt.timedelta(days=8))['Nina New']

        self.assertEqual((row.status, row.label), ('behind', '3 days behind'))
        self.assertEqual(row.why, '“Read the plan”')
        self.assertEqual(row.next_item, 'Read the plan')
        self.assertEqual(
            [(phase.title, phase.done, phase.total) for phase in row.phases], [('Week 1', 1, 2), ('Week 2', 0, 1)]
        )

    def test_a_row_is_worked_out_anew_after_every_event_and_on_every_day(self):
        enrollment = self.start('Nina New')
        late = MONDAY + dt.timedelta(days=8)
        self.assertEqual(self.rows(MONDAY + dt.timedelta(days=1))['Nina New'].label, 'Too early to say')
        self.assertEqual(self.rows(late)['Nina New'].label, '5 days behind')

        self.complete(enrollment, 'meet', late)
        self.complete(enrollment, 'plan', late)

        self.assertEqual(self.rows(late)['Nina New'].label, 'On pace')

    def test_the_whole_line_below_is_shown_and_nobody_else(self):
        self.start('Nina New')
        other = make_user('Olaf Other')
        self.start('Otto Outside', manager=other)

        self.assertEqual(set(self.rows(MONDAY)), {'Nina New'})
        self.assertEqual(set(self.rows(MONDAY, self.head)), {'Nina New'})
        self.assertEqual(team.of_team(self.head, only_direct=True, now=at(MONDAY)), [])

    def test_who_finished_is_shown_for_thirty_days(self):
        enrollment = self.start('Nina New')
        for key in ('meet', 'brief', 'plan'):
            self.complete(enrollment, key, MONDAY)
        runs.sign_off(run=enrollment.run, key='plan', by=self.manager, shown_number=1, now=at(MONDAY, 13))

        self.assertEqual(self.rows(MONDAY + dt.timedelta(days=29))['Nina New'].label, 'Finished')
        self.assertEqual(self.rows(MONDAY + dt.timedelta(days=31)), {})

    def test_needs_help_comes_first(self):
        self.start('Adam Ahead', first_day=MONDAY + dt.timedelta(days=28))
        self.start('Hugo Help')

        rows = team.by_need(self.rows(MONDAY + dt.timedelta(days=14)).values())

        self.assertEqual(
            [(row.person, row.status) for row in rows], [('Hugo Help', 'needs_help'), ('Adam Ahead', 'not_started')]
        )
        self.assertEqual(team.summary(rows), 'One person is under way, one has not started yet. Hugo needs help.')

    def test_a_team_costs_the_same_whatever_its_size_and_next_to_nothing_when_nothing_happened(self):
        self.start('Nina New')
        day = MONDAY + dt.timedelta(days=3)
        self.rows(day)
        for name in ('Anna One', 'Anna Two', 'Anna Three'):
            self.start(name)

        with self.assertNumQueries(3):
            self.rows(day)
        with self.assertNumQueries(1):
            self.rows(day)


class TeamPageTests(TeamCase):
    def setUp(self):
        self.url = reverse('onboarding:team')
        self.enrollment = self.start('Nina New', first_day=timezone.localdate() - dt.timedelta(days=21))

    def test_it_shows_people_phases_and_what_waits_for_my_sign_off(self):
        run = self.enrollment.run
        runs.complete(run=run, key='plan', by=run.owner, shown_number=1)
        self.client.force_login(self.manager)

        response = self.client.get(self.url)

        self.assertContains(response, 'Nina New')
        self.assertContains(response, 'Read the plan')
        self.assertContains(response, reverse('onboarding:enrollment_item', args=[self.enrollment.pk, 'plan']))
        self.assertContains(response, 'Week 1')

    def test_it_does_not_exist_for_somebody_without_reports(self):
        for person in (self.enrollment.run.owner, make_editor(), make_admin()):
            with self.subTest(person=person.name):
                self.client.force_login(person)

                self.assertEqual(self.client.get(self.url).status_code, 404)

    def test_odd_choices_are_passed_over(self):
        self.client.force_login(self.manager)

        response = self.client.get(self.url, {'who': 'nobody', 'order': '-- drop'})

        self.assertContains(response, 'Nina New')

    def test_the_number_of_queries_does_not_depend_on_the_team(self):
        # Session and person, enrollments; the rest is what waits for a sign-off: runs, people, roles, items, work.
        self.client.force_login(self.manager)
        run = self.enrollment.run
        runs.complete(run=run, key='plan', by=run.owner, shown_number=1)
        self.client.get(self.url)
        with self.assertNumQueries(9):
            self.client.get(self.url)
        for name in ('Anna One', 'Anna Two'):
            run = self.start(name, first_day=timezone.localdate() - dt.timedelta(days=21)).run
            runs.complete(run=run, key='plan', by=run.owner, shown_number=1)
        self.client.get(self.url)

        with self.assertNumQueries(9):
            self.client.get(self.url)


class EnrollmentsTests(TeamCase):
    def setUp(self):
        self.url = reverse('onboarding:enrollments')
        self.nina = self.start('Nina New')
        self.otto = self.start('Otto Other', manager=make_user('Olaf'))

    def names(self, person, **query):
        self.client.force_login(person)
        response = self.client.get(self.url, query)
        return [row.person for table in response.context['tables'] for row in table.rows]

    def test_editors_see_everybody_managers_their_line_others_only_their_own(self):
        self.assertEqual(self.names(make_editor()), ['Nina New', 'Otto Other'])
        self.assertEqual(self.names(self.manager), ['Nina New'])
        self.assertEqual(self.names(self.otto.run.owner), ['Otto Other'])
        self.assertEqual(self.names(make_admin()), [])

    def test_names_narrow_the_list(self):
        self.assertEqual(self.names(make_editor(), q='otto'), ['Otto Other'])

    def test_ended_ones_are_shown_when_asked_for(self):
        runs.end_run(run=self.nina.run, by=self.manager, outcome='stopped')

        self.assertEqual(self.names(make_editor()), ['Otto Other'])
        self.assertEqual(self.names(make_editor(), ended='on'), ['Nina New'])

    def test_it_says_first_who_is_under_way_and_who_needs_help(self):
        self.client.force_login(make_editor())

        lede = '<p class="lede">Two people are under way. Nina and Otto need help.</p>'
        self.assertContains(self.client.get(self.url), lede)

    def test_the_number_of_queries_does_not_depend_on_how_many_there_are(self):
        self.client.force_login(make_editor())
        self.client.get(self.url)
        with self.assertNumQueries(6):
            self.client.get(self.url)
        for name in ('Anna One', 'Anna Two'):
            self.start(name)
        self.client.get(self.url)

        with self.assertNumQueries(6):
            self.client.get(self.url)


class PersonTests(TeamCase):
    def setUp(self):
        self.enrollment = self.start('Nina New', first_day=timezone.localdate() - dt.timedelta(days=21))
        self.url = reverse('onboarding:person', args=[self.enrollment.pk])

    def test_it_shows_pace_burn_up_with_its_table_and_milestones(self):
        self.client.force_login(self.manager)

        response = self.client.get(self.url)

        self.assertContains(response, 'Write a brief')
        self.assertContains(response, '<svg class="plot"')
        self.assertContains(response, 'Numbers behind the chart')

    def test_what_waits_for_a_sign_off_is_not_told_as_done(self):
        self.complete(self.enrollment, 'meet', timezone.localdate())
        self.complete(self.enrollment, 'plan', timezone.localdate())
        self.client.force_login(self.manager)

        told = self.client.get(self.url).context['page'].happenings

        self.assertEqual(
            [(one.item, one.words) for one in told[:2]],
            [('Read the plan', 'sent for sign-off'), ('Meet the team', 'done')],
        )

    def test_who_may_see_states_and_dates_may_see_it_and_nobody_else(self):
        may = {self.enrollment.run.owner: 200, self.manager: 200, self.head: 200, make_editor(): 200}
        may |= {make_user('Stranger'): 404, make_admin(): 404}
        for person, status in may.items():
            with self.subTest(person=person.name):
                self.client.force_login(person)

                self.assertEqual(self.client.get(self.url).status_code, status)

    def test_an_unknown_one_is_not_there(self):
        self.client.force_login(self.manager)

        unknown = Enrollment.objects.order_by('pk').last().pk + 1
        self.assertEqual(self.client.get(reverse('onboarding:person', args=[unknown])).status_code, 404)


class LeadingTests(TeamCase):
    """What the manager decides about an onboarding as a whole, from the person's page."""

    def setUp(self):
        self.enrollment = self.start('Nina New', first_day=timezone.localdate() + dt.timedelta(days=3))
        self.run = self.enrollment.run
        self.client.force_login(self.manager)

    def test_the_page_leads_to_moving_people_and_ending_for_who_may_and_for_nobody_else(self):
        addresses = [reverse(f'playbooks:run_{name}', args=[self.run.pk]) for name in ('move', 'people', 'end')]
        url = reverse('onboarding:person', args=[self.enrollment.pk])

        for address in addresses:
            self.assertContains(self.client.get(url), address)
        for address in addresses:
            self.assertContains(self.client.get(address), 'Nina New: ')
        self.client.force_login(self.run.owner)
        for address in addresses:
            self.assertNotContains(self.client.get(url), address)
            self.assertNotEqual(self.client.get(address).status_code, 200)

    def test_the_first_day_moves_after_a_look_at_what_changes(self):
        url = reverse('playbooks:run_move', args=[self.run.pk])
        later = self.run.anchor_on + dt.timedelta(days=14)

        look = self.client.get(url, {'to': later.isoformat()})
        self.assertContains(look, 'Meet the team')
        self.run.refresh_from_db()
        self.assertNotEqual(self.run.anchor_on, later)

        self.assertRedirects(
            self.client.post(url, {'to': later.isoformat()}), self.run.get_absolute_url(), target_status_code=302
        )
        self.run.refresh_from_db()
        self.assertEqual(self.run.anchor_on, later)

    def test_a_buddy_is_named_later(self):
        buddy = make_user('Bea Buddy')

        self.client.post(reverse('playbooks:run_people', args=[self.run.pk]), {'role-buddy': [buddy.pk]})

        self.assertEqual([(role.role, role.person) for role in self.run.roles.all()], [('buddy', buddy)])

    def test_an_onboarding_ends(self):
        self.client.post(reverse('playbooks:run_end', args=[self.run.pk]), {'outcome': 'stopped'})

        self.run.refresh_from_db()
        self.assertEqual(self.run.outcome, 'stopped')
        self.assertEqual(team.of_team(self.manager), [])
